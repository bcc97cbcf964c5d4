// Event: something that happened, told once. The same event feeds the journal, the log, the
// counters, the API and the notifications; nobody formats the same fact twice.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "policy/vocab/step.h"
#include "policy/vocab/time.h"
#include "policy/vocab/units.h"

namespace tided {

enum class EventKind : std::uint8_t {
    started,         ///< the daemon runs
    stopped,         ///< it ends in good order
    reloaded,        ///< a new policy file is in force
    reload_refused,  ///< a new policy file was wrong; the old one stays
    decision,        ///< a policy's desired count or its reasons changed
    step_intended,   ///< written before the call leaves
    step_outcome,    ///< what became of it
    paused,
    resumed,
    metric_stale,  ///< a metric has had no fresh reading for long
    metric_fresh,  ///< and has one again
    source_lost,   ///< a source fails on all lanes
    source_back,
    provider_lost,
    provider_back,
    self_partitioned,  ///< most sources and providers silent at once: frozen
    partition_healed,
    clock_jumped,
    state_lost,  ///< what must survive cannot be written: no step is taken
    state_back,
    pool_failing,  ///< replicas that should run do not come up
    pool_recovered,
    instance_came,     ///< a value of a template's label got its policy and pool
    instance_gone,     ///< it has none any more; nothing was scaled
    instance_refused,  ///< a value that cannot have one, or there is no room
    pool_note,         ///< an actuator's own word about its pool
    braked,            ///< the emergency brake: nothing is scaled any more
    released,          ///< it is off again
    approved,          ///< a human's yes to a large step
    schedule_failing,  ///< rules of a schedule cannot be expanded for the time to come
    schedule_recovered,
};

/// What the operator does: error = act now, warn = look today, info = a change, debug = a tick.
enum class Severity : std::uint8_t { debug, info, warn, error };

struct Event {
    EventKind kind{};
    Severity severity = Severity::info;
    TimePoint at{};
    std::string policy;  ///< "" when it concerns none
    std::string pool;
    std::string subject;  ///< source, provider or metric it concerns, or ""
    std::string text;     ///< one sentence, whole without the other fields
    StepId step;
    Replicas from{};
    Replicas to{};
    std::string outcome;               ///< step_outcome: "done", "failed" …
    std::vector<std::string> reasons;  ///< decision: the chain in words
    std::string record{};              ///< decision: what it was made of, bytes; "" = not kept

    friend bool operator==(const Event&, const Event&) = default;
};

/// "decision", "step_intended": as in the journal, the API and notifications.
[[nodiscard]] std::string_view to_string(EventKind kind);

/// The inverse; false when `text` names no kind.
[[nodiscard]] bool from_string(std::string_view text, EventKind& kind);

/// "debug", "info", "warn", "error".
[[nodiscard]] std::string_view to_string(Severity severity);

}  // namespace tided
