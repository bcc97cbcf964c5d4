// State: what a policy with both axes remembers between ticks. Plain values, to be stored as they
// are; rebase() keeps their age when the wall clock jumps.
#pragma once

#include <optional>

#include "policy/joint/seen.h"
#include "policy/joint/settings.h"

namespace tided::policy::joint {

/// A kill for want of memory.
struct Kill {
    Bytes floor{};  ///< what the replica would have needed
    TimePoint at{};

    friend bool operator==(const Kill&, const Kill&) = default;
};

struct State {
    Seen seen{};
    std::optional<TimePoint> reviewed =
        std::nullopt;                                 ///< sizes were priced, the present one stayed
    std::optional<TimePoint> resized = std::nullopt;  ///< a change of size was really made
    std::optional<Kill> kill = std::nullopt;

    friend bool operator==(const State&, const State&) = default;
};

/// Notes that a change of size was really made: none for price's sake follows within size_interval.
void record_resize(State& state, TimePoint now);

/// Notes that a replica which had `had` was killed for want of memory. The highest need counts as
/// long as the last kill is remembered.
void record_kill(State& state, Bytes had, TimePoint now, const Settings& settings);

/// The memory below which no size is chosen; 0 when no kill is remembered.
[[nodiscard]] Bytes memory_floor(const State& state, TimePoint now, const Settings& settings);

/// Shifts every stored instant: after a wall-clock jump all of it keeps its age.
void rebase(State& state, Duration jump);

}  // namespace tided::policy::joint
