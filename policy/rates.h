// Rates: how far scale_up and scale_down may go at once. HPA's scaling policies, each over its
// own period p, with start = current - added(p) + removed(p) and events younger than p:
//
//   pods v      up: start + v                        down: start - v
//   percent v   up: ceil(start * (1 + v/100))        down: trunc(start * (1 - v/100))
//
// select max takes the policy that lets most through, min the one that lets least, disabled none.
// The doubles are computed as written: 10 % up from 100 is 111, 90 % down from 10 is 0.
// Two departures: percent up of zero gives 1, not 0, or nothing would ever wake; and an event is
// kept for the longest period of both directions, so neither forgets what the other needs.
#pragma once

#include <cstdint>

#include "policy/decide.h"

namespace tided::policy {

struct RateLimit {
    Replicas replicas{};                ///< the farthest count allowed; never behind current
    Replicas start{};                   ///< what the deciding policy counts from
    std::uint8_t rate = Reason{}.rate;  ///< the deciding policy; 0xff: there is none
};

/// Whether a percentage of nothing is a pod, so that 0 can be left, or nothing, as upstream has it.
enum class FromZero : std::uint8_t { wakes, needs_pods };

/// An empty list of rates is no limit (unless `select` is disabled).
[[nodiscard]] RateLimit up_limit(const ScalingRules& rules,
                                 Replicas current,
                                 const PolicyState& state,
                                 TimePoint now,
                                 FromZero from_zero = FromZero::wakes);
[[nodiscard]] RateLimit down_limit(const ScalingRules& rules,
                                   Replicas current,
                                   const PolicyState& state,
                                   TimePoint now);

}  // namespace tided::policy
