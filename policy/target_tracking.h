// Target tracking: hold a metric at its target by changing the number of replicas, in the terms
// of Kubernetes' HorizontalPodAutoscaler (autoscaling/v2, External and Object metrics).
//
//   value           ratio = value / amount                  proposal = ceil(ratio * ready)
//   average_value   ratio = value / (amount * present)      proposal = ceil(value / amount)
//
// Near the target the count stays: `value` keeps what is asked for, `average_value` what is
// present. From zero there is no tolerance and `value` proposes ceil(ratio).
// Two departures, both of `value` while replicas are starting or ending:
//   - above its target it never proposes fewer than are asked for, below it never more (HPA has
//     that rule for pod metrics only, so that 1.5 times the target on 5 ready of 20 shrinks to 8);
//   - with replicas but none ready HPA multiplies by zero and shrinks a pool that is only starting;
//     here the value cannot be judged and nothing is proposed.
#pragma once

#include <optional>
#include <string>

#include "policy/strategy.h"

namespace tided::policy {

/// REQUIRES: the rule is a Target.
[[nodiscard]] std::optional<Proposal> track_target(const Question& question);
[[nodiscard]] std::string target_words(const Reason& link, const PolicySpec& spec);

}  // namespace tided::policy
