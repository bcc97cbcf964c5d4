// Metrics: what one metric of a policy asks for, as a number of replicas or as the reason why it
// cannot be asked: the door between readings (numbers with an age) and replicas.h (milli-units).
#pragma once

#include "policy/decide.h"
#include "policy/hpa/conditions.h"
#include "policy/hpa/replicas.h"

namespace tided::policy::hpa {

/// True for metrics that are measured per pod (Inputs::pods), false for those that are one number.
[[nodiscard]] bool is_of_pods(MetricType type);

/// REQUIRES: inputs.observed is not null; readings[index] is there and not absent.
[[nodiscard]] Answer ask_metric(const PolicySpec& spec, const Inputs& inputs, std::size_t index);

/// What the answer reports as the metric's current value, in its own unit: percent for
/// utilization, a pod's average, or the value.
[[nodiscard]] double reported(const MetricSpec& metric, const Answer& answer);

/// ScalingActive's reason when this metric fails: FailedGetResourceMetric ...
[[nodiscard]] ConditionReason failure_of(MetricType type);

}  // namespace tided::policy::hpa
