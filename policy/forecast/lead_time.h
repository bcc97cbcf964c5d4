// LeadTime: how long a replica takes from being asked for to serving, learned by watching.
//
// One probe at a time: it starts when more replicas are asked for than at the look before, with
// that number as its goal, and ends when so many are ready. If fewer are asked for meanwhile it is
// given up. It counts from the look before: the asking was then or later.
//   estimate += gain * (measured - estimate),   gain 1/2 upward, 1/8 downward
// Upward fast: being late loses load, being early costs some minutes of a replica.
#pragma once

#include "policy/vocab/observed.h"
#include "policy/vocab/time.h"

namespace tided::policy::forecast {

struct LeadTime {
    Duration estimate = std::chrono::seconds{60};
    Replicas asked{};    ///< as last seen
    TimePoint looked{};  ///< when that was; the epoch: not yet
    Replicas goal{};     ///< of the running probe; 0: none
    TimePoint since{};
    bool measured = false;  ///< else `estimate` is the assumption

    friend bool operator==(const LeadTime&, const LeadTime&) = default;
};

/// A start longer than this is a failure of the provider, not a start: the probe is given up.
constexpr Duration longest_start = std::chrono::minutes{15};

void watch(LeadTime& lead, const Observed& observed, TimePoint now);

}  // namespace tided::policy::forecast
