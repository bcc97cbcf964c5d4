// Choose: how many replicas of which size, in one decision. What MultidimPodAutoscaler proposed and
// never resolved, and what upstream forbids (HPA and VPA both on CPU), with two rules:
//
//   count is the fast axis    every tick, at the present size, from demand in cores: carry.h
//   size is the slow axis     when size_interval has passed and another size is cheaper for all of
//                             the demand seen in a week, by more than the margin: rank.h
//                             at once, when the count would pass its maximum, when memory is at
//                             risk, or when a replica is outside of its bounds or quota
//
// Promised, and held to by tests/policy/joint/properties_test.cpp:
//   - what is chosen carries the demand, if anything does; else it is what carries most;
//   - constant inputs settle in one step; noise never brings back a size that was left;
//   - more demand never gives a shape that carries less;
//   - no size is left and taken again unless demand turned by more than the margin, and between two
//     changes for price's sake passes size_interval.
#pragma once

#include <optional>

#include "policy/joint/rank.h"
#include "policy/joint/state.h"

namespace tided::policy::joint {

struct Inputs {
    TimePoint now{};
    Shape current{};  ///< REQUIRES: a size above zero
    /// Work to be carried now, headroom included: work_behind() what is used, or a forecast of it.
    /// None, or not a number: not known. Then nothing shrinks and nothing is done for price's sake.
    std::optional<Cores> demand = std::nullopt;
    Replicas least{};      ///< wanted whatever their size, by metrics that are not CPU
    MemoryModel memory{};  ///< what a replica needs
    MemoryTail tail{};     ///< how likely it needs more
};

/// Why the size is what it is.
enum class Because : std::uint8_t {
    not_due,         ///< it was not asked for: only the count follows demand
    stays,           ///< asked for, and no other is cheaper by the margin
    cheaper,         ///< another is
    count_at_max,    ///< of the present size more replicas would be needed than are allowed
    memory_at_risk,  ///< the present memory is below what is needed, or below what killed a replica
    outside_bounds,  ///< the present size is below the smallest or above the largest one
    peak_at_max,     ///< asked for, and the highest peak seen would pass the maximum
};

enum class Axis : std::uint8_t { size, count };

struct Choice {
    Shape from{};
    Shape to{};
    Because because = Because::not_due;
    std::optional<Ranking> ranking = std::nullopt;  ///< what was compared, unless not_due
    bool is_too_small = false;      ///< the shape does not carry the demand: nothing allowed does
    bool memory_is_beyond = false;  ///< no memory of the grid is enough: the largest counts as such

    /// Which axis to move first, so that there is never less than before and after.
    [[nodiscard]] Axis first() const {
        return to.replicas > from.replicas ? Axis::count : Axis::size;
    }

    friend bool operator==(const Choice&, const Choice&) = default;
};

/// Chooses, and notes the demand and the review in `state`. Nothing is allocated.
[[nodiscard]] Choice choose(const Settings& settings, const Inputs& inputs, State& state);

/// What choose() would compare now if it were due: for whoever asks why.
[[nodiscard]] Ranking compared(const Settings& settings, const Inputs& inputs, const State& state);

/// `count` replicas of one size in replicas of another, rounded up: the history of proposals when
/// the size has changed. REQUIRES: `to` carries something.
[[nodiscard]] Replicas converted(Replicas count, Cores from, Cores to);

}  // namespace tided::policy::joint
