// Target tracking: hold a metric at its target by changing the number of replicas, in the terms
// of Kubernetes' HorizontalPodAutoscaler (autoscaling/v2, External and Object metrics).
//
//   value           ratio = value / amount                  proposal = ceil(ratio * ready)
//   average_value   ratio = value / (amount * present)      proposal = ceil(value / amount)
//
// Near the target the count stays: `value` keeps what is asked for, `average_value` what is
// present. From zero there is no tolerance and `value` proposes ceil(ratio).
// One departure: with replicas but none ready, HPA's `value` multiplies by zero and shrinks a
// pool that is only starting; here the value cannot be judged and nothing is proposed.
#pragma once

#include <optional>

#include "policy/strategy.h"

namespace tided::policy {

[[nodiscard]] std::optional<Proposal> track_value(const Question& question);
[[nodiscard]] std::optional<Proposal> track_average_value(const Question& question);

}  // namespace tided::policy
