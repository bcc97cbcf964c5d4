#include "daemon/registrar.h"

#include <algorithm>
#include <utility>

#include "daemon/counted.h"
#include "daemon/instance_rows.h"
#include "daemon/telemetry/logging.h"
#include "metrics/excerpt.h"

namespace tided::daemon {
namespace {

constexpr Duration forget_period = std::chrono::hours{1};
constexpr std::size_t most_told = 20;      // refusals of one answer
constexpr std::size_t longest_shown = 80;  // bytes of a value

/// `tenant "acme"`.
std::string shown(const config::Template& made_of, const std::string& value) {
    return made_of.label + " \"" + metrics::excerpt(value, longest_shown) + '"';
}

const std::string& name_of(const LiveTemplate& made_of) {
    return made_of.config.policy.spec.name;
}

std::string name_of(const LiveTemplate& made_of, const std::string& value) {
    return config::instance_name(name_of(made_of), made_of.config.label, value);
}

void merge(Batch& into, const Batch& from) {
    for (const auto& [name, value] : from.facts) {
        into.facts[name] = value;
    }
    const auto append = [](std::vector<std::string>& list, const std::vector<std::string>& more) {
        list.insert(list.end(), more.begin(), more.end());
    };
    append(into.dropped_facts, from.dropped_facts);
    append(into.dropped_pools, from.dropped_pools);
}

}  // namespace

InstanceCounts counts_of(const LiveTemplate& made_of) {
    const Roster& roster = made_of.roster;
    return {.present = roster.size(),
            .missing = roster.missing(),
            .over_max = roster.over_max(),
            .unfit = roster.refused().size(),
            .heard = made_of.heard};
}

Event Registrar::event(EventKind kind, std::string policy, std::string text) const {
    Event event;
    event.kind = kind;
    event.severity = kind == EventKind::instance_refused ? Severity::warn : Severity::info;
    event.at = ports_.clock.now();
    event.policy = std::move(policy);
    event.text = std::move(text);
    return event;
}

bool Registrar::look(Fleet& fleet, config::Mode mode) {
    bool is_other = false;
    for (const auto& made_of : fleet.templates) {
        tell_lost(*made_of);
        is_other = hear(fleet, *made_of, mode) || is_other;
        tell_room(*made_of);
        show(*made_of);
    }
    return is_other;
}

bool Registrar::hear(Fleet& fleet, LiveTemplate& made_of, config::Mode mode) {
    const TimePoint now = ports_.clock.now();
    const metrics::Listing answer = made_of.source->source->list(made_of.question, now);
    if (answer.freshness < Freshness::partial) {
        made_of.roster.miss();
        return false;
    }
    if (answer.answered == made_of.heard) {
        return false;
    }
    const Workshop workshop = ports_.workshop();
    Amendment amendment{fleet, ports_.memory, workshop};
    Roster::Change change =
        made_of.roster.hear(answer, *answer.answered, [&](const std::string& value) {
            return amendment.add(made_of, value);
        });
    std::erase_if(change.go, [&](const std::string& value) {
        return !amendment.remove(name_of(made_of, value));
    });
    for (const std::string& value : change.go) {
        made_of.roster.leave(value);
    }
    if (!change.go.empty()) {  // another template may have waited for what they scaled
        for (const auto& other : fleet.templates) {
            other->roster.reconsider();
        }
    }
    if (!change.more) {
        made_of.heard = answer.answered;
    }
    tell_change(made_of, change);
    if (amendment.is_empty()) {
        return false;
    }
    const Amendment::Done done = amendment.put_on(mode);
    if (!done.status) {
        log(LogLevel::error, "bug: a checked query is refused: " + done.status.error().message);
    }
    for (const auto& pool : done.retired_pools) {
        ports_.telemetry.forget_pool(pool->config.name);
    }
    rows_changed_ = true;
    ports_.start(done);
    return true;
}

void Registrar::tell_change(const LiveTemplate& made_of, const Roster::Change& change) {
    const std::string& source = made_of.config.source;
    for (const std::string& value : change.come) {
        const std::string name = name_of(made_of, value);
        ports_.announcer.tell(event(
            EventKind::instance_came,
            name,
            name + ": comes, for source " + source + " lists " + shown(made_of.config, value)));
    }
    for (const std::string& value : change.go) {
        const std::string name = name_of(made_of, value);
        ports_.announcer.tell(event(EventKind::instance_gone,
                                    name,
                                    name + ": goes, for source " + source + " has not listed " +
                                        shown(made_of.config, value) + " for " +
                                        to_string(made_of.config.grace) +
                                        "; its pool stays as it is"));
    }
    std::size_t told = 0;
    for (const Roster::Refusal& refusal : change.refused) {
        if (++told > most_told) {
            break;
        }
        ports_.announcer.tell(event(EventKind::instance_refused,
                                    name_of(made_of),
                                    name_of(made_of) + ": no instance for " +
                                        shown(made_of.config, refusal.value) + ": " + refusal.why));
    }
    if (change.refused.size() > most_told) {
        ports_.announcer.tell(event(EventKind::instance_refused,
                                    name_of(made_of),
                                    name_of(made_of) + ": no instance for " +
                                        std::to_string(change.refused.size() - most_told) +
                                        " more values"));
    }
}

/// Those that a new policy file has left no place for.
void Registrar::tell_lost(LiveTemplate& made_of) {
    for (const Roster::Refusal& lost : std::exchange(made_of.lost, {})) {
        const std::string name = name_of(made_of, lost.value);
        Event told = event(EventKind::instance_gone,
                           name,
                           name + ": goes, for by the new policy file there is no instance for " +
                               shown(made_of.config, lost.value) + ": " + lost.why +
                               "; its pool stays as it is");
        told.severity = Severity::warn;
        ports_.announcer.tell(std::move(told));
    }
}

void Registrar::tell_removed(const LiveTemplate& gone) {
    const std::size_t count = gone.roster.size();
    Event told = event(
        EventKind::instance_gone,
        name_of(gone),
        name_of(gone) + ": " + counted(count, "instance by ", "instances by ") + gone.config.label +
            (count == 1 ? " goes" : " go") + ", for the new policy file has no such template; " +
            (count == 1 ? "its pool stays as it is" : "their pools stay as they are"));
    told.severity = Severity::warn;
    ports_.announcer.tell(std::move(told));
}

/// Once when room runs out, not once an answer.
void Registrar::tell_room(LiveTemplate& made_of) {
    const std::size_t over = made_of.roster.over_max();
    if ((over > 0) == made_of.over_max_told) {
        return;
    }
    made_of.over_max_told = over > 0;
    Event told = event(
        EventKind::instance_refused,
        name_of(made_of),
        name_of(made_of) + (over > 0 ? ": no instance for " + counted(over, "value", "values") +
                                           " of " + made_of.config.label + ", for max is " +
                                           std::to_string(made_of.config.max)
                                     : ": there is room for all values again"));
    told.severity = over > 0 ? Severity::warn : Severity::info;
    ports_.announcer.tell(std::move(told));
}

void Registrar::show(const LiveTemplate& made_of) {
    ports_.telemetry.instances(name_of(made_of), counts_of(made_of));
}

boost::asio::awaitable<void> Registrar::write(const Fleet& fleet, Duration retention) {
    const TimePoint now = ports_.clock.now();
    if (std::exchange(rows_changed_, false)) {
        merge(unwritten_, update_rows(ports_.memory, fleet, now));
    }
    if (now >= forget_at_) {
        merge(unwritten_, forget_instances(ports_.memory, fleet, now - retention));
        forget_at_ = now + forget_period;
    }
    if (unwritten_.empty()) {
        co_return;
    }
    Batch batch = std::exchange(unwritten_, {});
    Batch kept = batch;
    const Status written = co_await ports_.journal.commit(std::move(batch), Durability::tick);
    if (!written) {
        merge(kept, std::exchange(unwritten_, {}));
        unwritten_ = std::move(kept);
    }
}

void Registrar::rebase(Fleet& fleet, Duration jump) {
    forget_at_ += jump;
    for (const auto& made_of : fleet.templates) {
        made_of->roster.rebase(jump);
        if (made_of->heard) {
            *made_of->heard += jump;
        }
    }
}

}  // namespace tided::daemon
