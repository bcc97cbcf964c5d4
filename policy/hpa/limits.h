// Limits: what stands between a proposal and the number that is written, in the two forms of
// Kubernetes' controller.
//
//   with behavior      stabilise both ways (stabilize.h), policies per period, then min and max
//   without behavior   the highest proposal of the last 5 min, then min, then
//                      min(max, max(2 * spec, 4))
//
// The lists are kept as upstream keeps them: a new entry overwrites the last one that is out of
// every window, else it is put at the end; they never shrink. Traps that this keeps, on purpose:
// without behavior the old recommendation can exceed spec and so scales UP; an event is overwritten
// after the longest period of its own direction though the other one may still count it.
#pragma once

#include "policy/decide.h"
#include "policy/hpa/conditions.h"

namespace tided::policy::hpa {

struct Limited {
    Replicas replicas{};
    ConditionReason reason = ConditionReason::desired_within_range;
    std::uint8_t rate = Reason{}.rate;  ///< the scaling policy that binds, 0xff: none
    Replicas start{};                   ///< what that policy counts from
};

/// Policies per period, then min and max; a count that does not move is not looked at.
[[nodiscard]] Limited limited_by_behavior(const PolicySpec& spec,
                                          Replicas stable,
                                          Replicas current,
                                          const PolicyState& state,
                                          TimePoint now);

/// min, then max or the cap on growth. REQUIRES nothing of the order of min and max.
[[nodiscard]] Limited limited_by_default(const PolicySpec& spec, Replicas stable, Replicas current);

/// The highest of `proposed` and what is not older than `window`; notes `proposed`.
[[nodiscard]] Replicas highest_recent(Recommendation proposed,
                                      Duration window,
                                      std::vector<Recommendation>& history);

/// Notes `proposed` among recommendations for both windows of `behavior`.
void note_in_slot(const Behavior& behavior,
                  Recommendation proposed,
                  std::vector<Recommendation>& history);

/// Notes a change among the events of its direction, whose rules are given.
void note_event(const ScalingRules& rules, ScaleEvent event, std::vector<ScaleEvent>& events);

}  // namespace tided::policy::hpa
