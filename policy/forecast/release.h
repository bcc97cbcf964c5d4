// Release: when replicas that are no longer needed go. HPA waits five minutes for everything; a
// learned headroom already covers the load's usual growth, so waiting can be as short as telling
// a real fall from a flicker takes:
//
//   a large fall   to the largest steady need of the last 30 s,  if that saves at least
//                  max(15 %, 4 x agitation) of the pool: the end of a burst
//   a small one    to the largest steady need of the last 3 minutes
//   one replica of a pool of more than 25 (4 %) is not worth an action
// The last replica goes after three minutes. Where nobody looked, the need of the look before goes
// on, so that no first reading after a gap, nor one odd reading at long intervals, lets any go; and
// before the first look the need was the count.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "policy/forecast/load_history.h"
#include "policy/vocab/time.h"
#include "policy/vocab/units.h"

namespace tided::policy::forecast {

/// The steady needs of the last three minutes, one every 15 s: the largest within it.
struct SteadyNeeds {
    static constexpr std::size_t capacity = 12;

    std::array<Replicas, capacity> needs{};  ///< needs[0]: of the running 15 s
    std::int64_t slot = 0;                   ///< which 15 s since the epoch that is; 0: none yet

    friend bool operator==(const SteadyNeeds&, const SteadyNeeds&) = default;
};

struct Need {
    Replicas now{};     ///< what to ask for
    Replicas least{};   ///< what suffices, <= now
    Replicas steady{};  ///< for load and headroom alone, <= now
};

/// How many replicas there should be. Never fewer than need.least; `current` whenever nothing is
/// worth an action.
[[nodiscard]] Replicas released(
    SteadyNeeds& recent, const Need& need, Replicas current, double agitation, TimePoint now);

}  // namespace tided::policy::forecast
