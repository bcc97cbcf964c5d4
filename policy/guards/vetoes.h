// Vetoes: one function per guard: a clause that says why not, or nothing. guard.cpp has the table
// and the order in which they are told.
#pragma once

#include <optional>
#include <string>

#include "policy/guard.h"

namespace tided::policy {

/// A step that is about to be made: REQUIRES decision.direction() is not hold.
struct Move {
    const PolicySpec& spec;
    const PolicyState& state;
    const Decision& decision;
    const Circumstances& around;

    [[nodiscard]] bool is_down() const { return decision.desired < decision.current; }
};

/// Back up to the lower bound, no further: what has been asked for at all times waits for no human
/// and no budget.
[[nodiscard]] inline bool is_restoring(const Decision& decision) {
    return decision.current < decision.lowest && decision.desired <= decision.lowest;
}

/// The same, or back down to the upper bound: a bound that was moved holds at once, in whatever
/// pace steps are made. (Down it still needs the yes that so large a step needs: a bound can be a
/// slip of the pen.)
[[nodiscard]] inline bool is_correcting(const Decision& decision) {
    return is_restoring(decision) ||
           (decision.current > decision.highest && decision.desired >= decision.highest);
}

using Veto = std::optional<std::string>;

// orders.cpp: what somebody has said
[[nodiscard]] Veto brake(const Move& move);
[[nodiscard]] Veto pause(const Move& move);
[[nodiscard]] Veto freeze(const Move& move);
[[nodiscard]] Veto approval(const Move& move);

// knowledge.cpp: what is not known well enough
[[nodiscard]] Veto self_partition(const Move& move);
[[nodiscard]] Veto observation_stale(const Move& move);
[[nodiscard]] Veto clock_jump(const Move& move);
[[nodiscard]] Veto bounds(const Move& move);
[[nodiscard]] Veto freshness(const Move& move);

// pace.cpp: what came just before
[[nodiscard]] Veto in_flight(const Move& move);
[[nodiscard]] Veto back_off(const Move& move);
[[nodiscard]] Veto cooldown(const Move& move);
[[nodiscard]] Veto steps_per_hour(const Move& move);
[[nodiscard]] Veto flapping(const Move& move);

}  // namespace tided::policy
