// The state machine of children.h. Nothing here starts, signals or waits.
#include "actuators/process_pool/children.h"

#include <algorithm>
#include <utility>

#include "actuators/process_pool/template.h"

namespace tided::actuators {

namespace {

/// A child that even SIGKILL does not end (it sleeps in the kernel) is killed again this often.
constexpr Duration kill_again{10'000};

bool has_process(const Child& child) {
    return child.phase != Phase::waiting;
}

}  // namespace

Children::Children(ProcessPoolSpec spec)
    : spec_(std::move(spec)), made_(fingerprint(spec_)), wanted_(spec_.initial) {}

void Children::advance(TimePoint now) {
    if (seen_any_) {
        now_ += std::clamp(now - seen_, Duration{}, longest_advance);
    }
    seen_ = now;
    seen_any_ = true;
}

void Children::want(Replicas wanted) {
    wanted_ = wanted;
    begun_ = std::min(begun_, wanted_);
}

bool Children::is_wanted(std::int32_t index) const {
    return !closed_ && index < wanted_.count;
}

bool Children::may_start(std::int32_t index) const {
    return is_wanted(index) && (starts_ == Starts::all || index < begun_.count);
}

bool Children::is_due_to_start(std::int32_t index, const Child& child) const {
    return child.phase == Phase::waiting && child.until <= now_ && may_start(index) &&
           !barred_.contains(index);
}

void Children::begin(Child& child, Phase phase, Duration until) {
    child.phase = phase;
    child.since = now_;
    child.until = until;
}

void Children::stop(Child& child, bool late) {
    begin(child, Phase::stopping, now_);
    child.stop = Stop::due;
    child.late = late;
}

Duration Children::backed_off(std::int32_t crashes) const {
    Duration wait = spec_.restart_delay;
    for (std::int32_t i = 1; i < crashes && wait < spec_.restart_delay_max; ++i) {
        wait *= 2;
    }
    return std::min(wait, spec_.restart_delay_max);
}

/// Brings the slots in line with `wanted`: missing ones wait to start at once, surplus ones stop.
void Children::reconcile() {
    for (std::int32_t index = 0; may_start(index); ++index) {
        children_.try_emplace(index, Child{.since = now_, .until = now_});
    }
    for (auto it = children_.begin(); it != children_.end();) {
        Child& child = it->second;
        if (is_wanted(it->first) || child.phase == Phase::stopping) {
            ++it;
        } else if (child.phase == Phase::waiting) {
            it = children_.erase(it);
        } else {
            stop(child);
            ++it;
        }
    }
}

/// Lowest first. One that does not come up again stops the replacing.
void Children::replace_outdated() {
    if (starts_ != Starts::all || closed_ || ready() != wanted_ || present() != wanted_) {
        return;
    }
    const auto it = std::find_if(children_.begin(), children_.end(), [this](const auto& entry) {
        return entry.second.made != 0 && entry.second.made != made_;
    });
    if (it == children_.end()) {
        return;
    }
    note(Note::Level::info, it->first, "runs what the pool's command was before: replacing it");
    stop(it->second);
}

bool Children::wants_spawn() {
    reconcile();
    return std::any_of(children_.begin(), children_.end(), [this](const auto& entry) {
        return is_due_to_start(entry.first, entry.second);
    });
}

std::vector<Action> Children::due() {
    reconcile();
    replace_outdated();
    std::vector<Action> actions;
    for (auto it = children_.rbegin(); it != children_.rend(); ++it) {
        give_up_when_late(it->first, it->second);
        stop_actions(it->first, it->second, actions);
    }
    std::int32_t spawns = 0;
    for (const auto& [index, child] : children_) {
        if (is_due_to_start(index, child) && spawns < spawns_at_once) {
            actions.push_back({.kind = Action::Kind::spawn, .index = index});
            begun_.count = std::max(begun_.count, index + 1);
            ++spawns;
        }
    }
    for (auto& [index, child] : children_) {
        if (child.phase == Phase::starting && child.probe_at <= now_) {
            actions.push_back({.kind = Action::Kind::probe, .index = index, .id = child.id});
            child.probe_at = now_ + probe_pause;
        }
    }
    return actions;
}

void Children::give_up_when_late(std::int32_t index, Child& child) {
    if (child.phase != Phase::starting || child.until > now_) {
        return;
    }
    const std::string why = child.last_answer.empty() ? "" : " (" + child.last_answer + ")";
    child.failure = "was not ready within " + to_string(spec_.start_timeout) + why;
    child.failed_at = now_;
    note(Note::Level::warn, index, child.failure + "; stopping it");
    stop(child, true);
}

void Children::stop_actions(std::int32_t index, Child& child, std::vector<Action>& actions) {
    if (child.phase != Phase::stopping) {
        return;
    }
    if (child.stop == Stop::due) {
        child.stop = Stop::asked;
        child.until = now_ + spec_.stop_grace;
        actions.push_back({.kind = Action::Kind::signal,
                           .index = index,
                           .signal = spec_.stop_signal,
                           .id = child.id});
    } else if (child.until <= now_) {
        if (child.stop == Stop::asked) {
            note(Note::Level::warn,
                 index,
                 "did not stop within " + to_string(spec_.stop_grace) + " of " +
                     std::string{to_string(spec_.stop_signal)} + "; killing it");
        }
        child.stop = Stop::killed;
        child.until = now_ + kill_again;
        actions.push_back(
            {.kind = Action::Kind::signal, .index = index, .signal = Signal::kill, .id = child.id});
    }
}

void Children::spawned(std::int32_t index, const ProcessId& id) {
    Child& child = children_[index];
    restarts_ += child.crashes > 0 ? 1 : 0;
    child.id = id;
    child.started = now_;
    child.adopted = false;
    child.made = made_;
    child.late = false;
    child.probe_at = now_;
    child.last_answer.clear();
    note(Note::Level::info, index, "started as process " + std::to_string(id.pid));
    if (spec_.probe.empty()) {
        begin(child, Phase::ready, {});
    } else {
        begin(child, Phase::starting, now_ + spec_.start_timeout);
    }
}

void Children::spawn_failed(std::int32_t index, const Error& why) {
    Child& child = children_[index];
    restarts_ += child.crashes > 0 ? 1 : 0;
    const std::string failure = "cannot be started: " + why.message;
    const Duration wait = wait_after_crash(child, failure);
    note(Note::Level::error, index, failure + "; trying again in " + spoken(wait));
}

void Children::blocked(std::int32_t index, const Error& why) {
    if (!is_wanted(index)) {
        return;
    }
    Child& child = children_.try_emplace(index, Child{.since = now_, .until = now_}).first->second;
    if (child.phase != Phase::waiting || child.until > now_) {
        return;
    }
    const std::string failure = "still runs but cannot be watched: " + why.message;
    const Duration wait = wait_after_crash(child, failure);
    note(Note::Level::error, index, failure + "; trying again in " + spoken(wait));
}

void Children::adopted(std::int32_t index, const ProcessId& id, Phase phase, Stop stop) {
    Child& child = children_[index];
    if (is_wanted(index)) {
        begun_.count = std::max(begun_.count, index + 1);
    }
    child = Child{.stop = stop, .id = id, .probe_at = now_, .started = now_, .adopted = true};
    if (phase == Phase::starting && spec_.probe.empty()) {
        phase = Phase::ready;
    }
    const bool is_asked = phase == Phase::stopping && stop != Stop::due;
    const Duration wait = phase == Phase::starting ? spec_.start_timeout : spec_.stop_grace;
    begin(child, phase, phase == Phase::starting || is_asked ? now_ + wait : now_);
    note(Note::Level::info,
         index,
         "still runs as process " + std::to_string(id.pid) + ": adopted, " +
             std::string{to_string(phase)});
}

void Children::answered(std::int32_t index, const ProcessId& id, const Status& answer) {
    const auto it = children_.find(index);
    if (it == children_.end() || it->second.phase != Phase::starting || it->second.id != id) {
        return;
    }
    if (!answer.has_value()) {
        it->second.last_answer = answer.error().message;
        return;
    }
    note(Note::Level::info, index, "is ready after " + spoken(now_ - it->second.started));
    begin(it->second, Phase::ready, {});
}

Duration Children::wait_after_crash(Child& child, std::string failure) {
    if (child.phase == Phase::ready && now_ - child.since >= spec_.restart_delay_max) {
        child.crashes = 0;
    }
    ++child.crashes;
    child.failure = std::move(failure);
    child.failed_at = now_;
    const Duration wait = backed_off(child.crashes);
    begin(child, Phase::waiting, now_ + wait);
    return wait;
}

void Children::ended(std::int32_t index, const Exit& exit) {
    const auto it = children_.find(index);
    if (it == children_.end() || !has_process(it->second)) {
        return;
    }
    Child& child = it->second;
    const std::string how =
        (child.adopted ? "ended" : to_string(exit)) + " after " + spoken(now_ - child.started);
    if (child.phase == Phase::stopping && !child.late) {
        note(Note::Level::info, index, "stopped: it " + how);
    } else if (is_wanted(index)) {
        const Duration wait = wait_after_crash(child, child.late ? child.failure : how);
        note(Note::Level::warn, index, how + "; restarting in " + spoken(wait));
        return;
    } else {
        note(Note::Level::info, index, how);
    }
    // A new life for the index: started at once by the next due() when it is wanted.
    children_.erase(it);
}

Duration Children::next() const {
    Duration rest = longest_rest;
    for (const auto& [index, child] : children_) {
        Duration at = now_ + longest_rest;
        if (child.phase == Phase::starting) {
            at = std::min(child.until, child.probe_at);
        } else if (child.phase == Phase::stopping ||
                   (child.phase == Phase::waiting && may_start(index) &&
                    !barred_.contains(index))) {
            at = child.until;
        }
        if (child.phase != Phase::stopping && !is_wanted(index)) {
            at = now_;
        }
        rest = std::min(rest, at - now_);
    }
    for (std::int32_t index = 0; may_start(index); ++index) {
        if (!children_.contains(index)) {
            return Duration{};
        }
    }
    return std::max(rest, Duration{});
}

Replicas Children::present() const {
    const auto n = std::count_if(children_.begin(), children_.end(), [](const auto& entry) {
        return has_process(entry.second);
    });
    return {static_cast<std::int32_t>(n)};
}

Replicas Children::ready() const {
    const auto n = std::count_if(children_.begin(), children_.end(), [this](const auto& entry) {
        return entry.second.phase == Phase::ready && is_wanted(entry.first);
    });
    return {static_cast<std::int32_t>(n)};
}

bool Children::is_failing(const Child& child) const {
    const bool is_well =
        child.phase == Phase::ready && now_ - child.since >= backed_off(child.crashes);
    return child.late || (child.crashes > 0 && !is_well);
}

std::string Children::trouble() const {
    std::int32_t failing = 0;
    const std::pair<const std::int32_t, Child>* last = nullptr;
    for (const auto& entry : children_) {
        if (is_wanted(entry.first) && is_failing(entry.second)) {
            ++failing;
            last =
                last == nullptr || entry.second.failed_at >= last->second.failed_at ? &entry : last;
        }
    }
    if (last == nullptr) {
        return {};
    }
    const auto& [index, child] = *last;
    const Duration rest = std::max(child.until - now_, Duration{});
    const std::string then = child.phase == Phase::waiting    ? "started again in " + spoken(rest)
                             : child.phase == Phase::stopping ? "being stopped"
                                                              : "started again";
    return std::to_string(failing) + " of " + to_string(wanted_) +
           " failing, last: " + label(index) + " " + child.failure + ", " + then;
}

std::vector<Note> Children::take_notes() {
    return std::exchange(notes_, {});
}

std::string Children::label(std::int32_t index) const {
    return spec_.name + "[" + std::to_string(index) + "]";
}

void Children::note(Note::Level level, std::int32_t index, const std::string& text) {
    notes_.push_back({.level = level, .text = label(index) + " " + text});
}

}  // namespace tided::actuators
