// The driver: ends are collected first, then the sweep, then signals and spawns, then probes; so
// what is decided rests on what the host says now.
#include "actuators/process_pool/process_pool.h"

#include <charconv>
#include <optional>
#include <set>
#include <utility>

#include "actuators/process_pool/checkpoint.h"
#include "actuators/process_pool/children.h"
#include "actuators/process_pool/remains.h"
#include "actuators/process_pool/template.h"

namespace tided::actuators {

namespace {

using boost::asio::awaitable;

/// How long closing waits for a killed child, so that it is reaped.
constexpr Duration death_throes{1000};

/// Holds a flag for as long as a coroutine frame lives, cancelled or not.
class Holding {
public:
    explicit Holding(bool& flag) : flag_(flag) { flag_ = true; }
    Holding(const Holding&) = delete;
    Holding& operator=(const Holding&) = delete;
    ~Holding() { flag_ = false; }

private:
    bool& flag_;
};

class ProcessPool final : public Actuator {
public:
    ProcessPool(const ProcessPoolSpec& spec, Processes& processes, const std::string& state_id)
        : spec_(spec),
          processes_(processes),
          mark_prefix_(state_id + "/" + spec.name + "["),
          children_(spec),
          remains_(processes, spec.stop_grace) {}

    [[nodiscard]] std::string identity() const override { return "process_pool/" + spec_.name; }
    [[nodiscard]] awaitable<Result<Observed>> observe(TimePoint now, Deadline deadline) override;
    [[nodiscard]] awaitable<Outcome> apply(Step step, TimePoint now, Deadline deadline) override;
    [[nodiscard]] awaitable<Duration> tend(TimePoint now, Deadline deadline) override {
        return look_after(Starts::all, now, deadline);
    }
    [[nodiscard]] awaitable<Duration> keep_up(TimePoint now, Deadline deadline) override {
        return look_after(Starts::again, now, deadline);
    }
    [[nodiscard]] std::string checkpoint() const override;
    [[nodiscard]] Status restore(const std::string& checkpoint,
                                 Origin origin,
                                 TimePoint now) override;
    [[nodiscard]] awaitable<void> close(Closing why, TimePoint now, Deadline deadline) override;
    [[nodiscard]] std::string trouble() const override { return children_.trouble(); }
    [[nodiscard]] std::uint64_t restarts() const override { return children_.restarts(); }
    [[nodiscard]] std::vector<Note> take_notes() override;

private:
    [[nodiscard]] awaitable<Duration> look_after(Starts starts, TimePoint now, Deadline deadline);
    void collect_ends();
    void tell_end(std::int32_t index, const Exit& exit);
    void adopt_left_behind();
    void sweep();
    void take_in(const Marked& found);
    void end_remains(const Marked& found);
    void refused_watch(std::int32_t index, const Error& why);
    [[nodiscard]] std::optional<std::int32_t> index_of(const std::string& mark) const;
    [[nodiscard]] bool holds(std::int32_t index) const;
    void spawn(std::int32_t index);
    void send_signal(const Action& action);
    /// Does signals and spawns; gives back the probes.
    [[nodiscard]] std::vector<Action> perform(std::vector<Action> actions);
    [[nodiscard]] awaitable<void> probe(std::vector<Action> probes, Deadline deadline);

    ProcessPoolSpec spec_;
    Processes& processes_;
    std::string mark_prefix_;
    Children children_;
    Remains remains_;
    std::vector<KeptChild> left_behind_;  ///< of the checkpoint, alive, not under watch yet
    bool goes_on_ = false;                ///< those left behind are used
    bool must_sweep_ = true;
    bool is_probing_ = false;
};

awaitable<Result<Observed>> ProcessPool::observe(TimePoint now, Deadline /*deadline*/) {
    co_return Observed{.replicas = children_.wanted(),
                       .present = children_.present(),
                       .ready = children_.ready(),
                       .at = now};
}

awaitable<Outcome> ProcessPool::apply(Step step, TimePoint /*now*/, Deadline /*deadline*/) {
    if (children_.wanted() == step.to) {
        co_return Outcome::done();
    }
    if (children_.wanted() != step.from) {
        co_return Outcome::refused({.code = ErrorCode::conflict,
                                    .message = "pool " + spec_.name + " is " +
                                               to_string(children_.wanted()) + " large, not " +
                                               to_string(step.from) + " as the step expects"});
    }
    if (auto fits = check_count(spec_, step.to); !fits) {
        co_return Outcome::refused(std::move(fits).error());
    }
    children_.want(step.to);
    co_return Outcome::done();
}

awaitable<Duration> ProcessPool::look_after(Starts starts, TimePoint now, Deadline deadline) {
    children_.advance(now);
    children_.start(starts);
    collect_ends();
    adopt_left_behind();
    if (must_sweep_ || (spec_.keep && children_.wants_spawn())) {
        sweep();
    }
    remains_.press(children_.time());
    children_.bar(remains_.indices());
    auto probes = perform(children_.due());
    if (!probes.empty() && !is_probing_) {
        co_await probe(std::move(probes), deadline);
    }
    co_return children_.next();
}

void ProcessPool::collect_ends() {
    std::vector<std::pair<std::int32_t, ProcessId>> alive;
    for (const auto& [index, child] : children_.all()) {
        if (child.phase != Phase::waiting) {
            alive.emplace_back(index, child.id);
        }
    }
    for (const auto& [index, id] : alive) {
        if (const auto exit = processes_.ended(id)) {
            tell_end(index, *exit);
        }
    }
    remains_.collect_ends();
}

/// The runner kills the group of a child of its own; what an adopted one leaves must be looked for.
void ProcessPool::tell_end(std::int32_t index, const Exit& exit) {
    const auto it = children_.all().find(index);
    must_sweep_ = must_sweep_ || (it != children_.all().end() && it->second.adopted);
    children_.ended(index, exit);
}

bool ProcessPool::holds(std::int32_t index) const {
    const auto it = children_.all().find(index);
    return it != children_.all().end() && it->second.phase != Phase::waiting;
}

std::optional<std::int32_t> ProcessPool::index_of(const std::string& mark) const {
    std::int32_t index = 0;
    const char* const begin = mark.data() + mark_prefix_.size();
    const char* const end = mark.data() + mark.size();
    if (!mark.starts_with(mark_prefix_)) {
        return std::nullopt;
    }
    const auto [stop, error] = std::from_chars(begin, end, index);
    const bool is_whole = error == std::errc{} && std::string_view(stop, end) == "]";
    return is_whole && index >= 0 ? std::optional{index} : std::nullopt;
}

/// Finds children that no checkpoint names, and what children that are gone left running. The
/// oldest leader of an index is the child; a younger one with the same mark is a helper it started
/// and stays its own affair, as does whatever a living leader has in its session.
void ProcessPool::sweep() {
    must_sweep_ = false;
    const std::vector<Marked> found = processes_.find_marked(mark_prefix_);
    std::set<std::int32_t> leaders;
    for (const Marked& one : found) {
        if (one.leads()) {
            leaders.insert(one.id.pid);
            take_in(one);
        }
    }
    for (const Marked& one : found) {
        if (!leaders.contains(one.session)) {
            end_remains(one);
        }
    }
}

void ProcessPool::take_in(const Marked& found) {
    const auto index = index_of(found.mark);
    if (!index || holds(*index)) {
        return;
    }
    const auto id = processes_.adopt(found.id);
    if (id) {
        children_.adopted(*index, *id, spec_.keep ? Phase::starting : Phase::stopping);
    } else {
        refused_watch(*index, id.error());
    }
}

void ProcessPool::end_remains(const Marked& found) {
    const auto index = index_of(found.mark);
    if (!index || holds(*index)) {
        return;
    }
    if (const Status taken = remains_.take(*index, children_.label(*index), found.id); !taken) {
        refused_watch(*index, taken.error());
    }
}

/// What lives but cannot be watched keeps its index from being used; it is looked for again.
void ProcessPool::refused_watch(std::int32_t index, const Error& why) {
    if (why.code != ErrorCode::not_found) {
        children_.blocked(index, why);
        must_sweep_ = true;
    }
}

std::vector<Action> ProcessPool::perform(std::vector<Action> actions) {
    std::vector<Action> probes;
    for (Action& action : actions) {
        switch (action.kind) {
            case Action::Kind::signal:
                send_signal(action);
                break;
            case Action::Kind::spawn:
                spawn(action.index);
                break;
            case Action::Kind::probe:
                probes.push_back(std::move(action));
                break;
        }
    }
    return probes;
}

void ProcessPool::spawn(std::int32_t index) {
    const std::string mark = mark_prefix_ + std::to_string(index) + "]";
    const auto id =
        processes_.spawn({.command = fill_command(spec_, index, mark),
                          .label = children_.label(index),
                          .lifetime = spec_.keep ? Lifetime::kept : Lifetime::with_daemon});
    if (id) {
        children_.spawned(index, *id);
    } else {
        children_.spawn_failed(index, id.error());
    }
}

void ProcessPool::send_signal(const Action& action) {
    const auto sent = processes_.signal(action.id, action.signal);
    if (!sent && sent.error().code == ErrorCode::not_found) {
        // Gone already. Its end may have been told before; if not, it is told here.
        tell_end(action.index, processes_.ended(action.id).value_or(Exit{}));
    }
}

awaitable<void> ProcessPool::probe(std::vector<Action> probes, Deadline deadline) {
    const Holding holding{is_probing_};
    std::vector<std::string> urls;
    urls.reserve(probes.size());
    for (const Action& probe : probes) {
        urls.push_back(fill(spec_.probe, spec_, probe.index));
    }
    const auto answers = co_await processes_.probe(std::move(urls), spec_.probe_timeout, deadline);
    for (std::size_t i = 0; i < answers.size() && i < probes.size(); ++i) {
        children_.answered(probes[i].index, probes[i].id, answers[i]);
    }
}

std::string ProcessPool::checkpoint() const {
    PoolCheckpoint now = checkpoint_of(children_, spec_.keep);
    now.first_port = spec_.first_port;
    now.children.insert(now.children.end(), left_behind_.begin(), left_behind_.end());
    return write_checkpoint(now);
}

Status ProcessPool::restore(const std::string& checkpoint, Origin origin, TimePoint now) {
    if (checkpoint.empty()) {
        return {};
    }
    auto saved = read_checkpoint(checkpoint);
    if (!saved) {
        return fail(std::move(saved).error().within("pool " + spec_.name));
    }
    children_.advance(now);
    children_.want(saved->wanted);
    children_.begin_from(saved->begun);
    left_behind_ = std::move(saved->children);
    const bool same_ports = !saved->first_port || *saved->first_port == spec_.first_port;
    goes_on_ = same_ports && (spec_.keep || origin == Origin::former_pool);
    adopt_left_behind();
    return {};
}

/// Without keep, what an earlier run left is not used but stopped, and so is all whose ports are
/// others now: an index and its port are free only when the process is gone.
void ProcessPool::adopt_left_behind() {
    std::vector<KeptChild> still;
    for (KeptChild& child : left_behind_) {
        const auto id = processes_.adopt(child.id);
        if (id) {
            const bool was_asked = child.phase == Phase::stopping;
            children_.adopted(child.index,
                              *id,
                              goes_on_ ? child.phase : Phase::stopping,
                              was_asked ? Stop::asked : Stop::due);
            children_.runs(child.index, child.made);
        } else if (id.error().code != ErrorCode::not_found) {
            children_.blocked(child.index, id.error());
            still.push_back(std::move(child));
        }
    }
    left_behind_ = std::move(still);
}

awaitable<void> ProcessPool::close(Closing why, TimePoint now, Deadline deadline) {
    if (why == Closing::handed_over) {
        co_return;
    }
    children_.advance(now);
    collect_ends();
    if (spec_.keep && why == Closing::for_now) {
        remains_.kill();
        co_return;
    }
    children_.close();
    (void)perform(children_.due());
    std::vector<Action> kills;
    for (const auto& [index, child] : children_.all()) {
        kills.push_back(
            {.kind = Action::Kind::signal, .index = index, .signal = Signal::kill, .id = child.id});
    }
    Duration grace = spec_.stop_grace;
    for (const Action& kill : kills) {
        co_await processes_.wait_ended(kill.id, grace, deadline);
        if (const auto exit = processes_.ended(kill.id)) {
            tell_end(kill.index, *exit);
        } else {
            // All were asked at the same time: who has not gone by now had its full grace.
            grace = Duration{};
            send_signal(kill);
            co_await processes_.wait_ended(kill.id, death_throes, deadline);
            collect_ends();
        }
    }
    if (must_sweep_) {
        sweep();
    }
    remains_.kill();
}

std::vector<Note> ProcessPool::take_notes() {
    std::vector<Note> notes = children_.take_notes();
    for (Note& note : remains_.take_notes()) {
        notes.push_back(std::move(note));
    }
    return notes;
}

}  // namespace

Result<std::unique_ptr<Actuator>> make_process_pool(const ProcessPoolSpec& spec,
                                                    const Ports& ports) {
    if (auto sound = check_template(spec); !sound) {
        return fail(std::move(sound).error());
    }
    return std::make_unique<ProcessPool>(spec, *ports.processes, ports.state_id);
}

}  // namespace tided::actuators
