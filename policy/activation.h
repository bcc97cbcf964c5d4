// Activation: when a metric wakes a pool, apart from how many replicas it then wants. After KEDA
// (activationThreshold, idleReplicaCount), but in one decision instead of two that fight.
//
//   a metric is idle when what it says there is to do <= activate_above (its value; of a backlog
//   what waits and what arrives within drain_within; of a latency its load; of a capacity the
//   largest load of the last five minutes); in a policy with `idle` every metric is judged so
//   (activate_above is 0 where it is not written), else those that have activate_above, and only
//   while the pool is at
//   0
//
//   an idle metric proposes       `idle` (0 where the policy has none)
//   one that is above proposes    what its strategy says, at least min and at least 1
//
// So with `idle` a pool goes to it, instead of to min, once every metric is idle, through the same
// windows and rates as any step down (KEDA's cooldownPeriod); min holds while any metric is above,
// and rates do not delay the way up to min. Between `idle` and min a pool is only on its way, and
// a metric that cannot be read keeps it where it is. Without `idle` activation only guards the way
// up from 0, which needs min = 0.
#pragma once

#include <algorithm>
#include <optional>

#include "policy/spec.h"

namespace tided::policy {

/// The value above which `metric` wakes the pool, if that is asked of it now.
[[nodiscard]] inline std::optional<double> activation_of(const PolicySpec& spec,
                                                         const MetricSpec& metric,
                                                         Replicas count) {
    if (spec.idle) {
        return metric.activate_above.value_or(0.0);
    }
    return count.count == 0 ? metric.activate_above : std::nullopt;
}

/// The fewest that a metric above its activation threshold asks for.
[[nodiscard]] inline Replicas fewest_awake(const PolicySpec& spec) {
    return std::max(spec.min, Replicas{1});
}

}  // namespace tided::policy
