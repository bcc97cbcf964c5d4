// Activation: when a metric wakes a pool, apart from how many replicas it then wants. After KEDA
// (activationThreshold, idleReplicaCount), but in one decision instead of two that fight.
//
//   a metric is idle when         what there is to do <= activate_above: its value; of a backlog
//                                 what waits and what arrives within drain_within; of a latency
//                                 its load; of a capacity the largest load of the last five minutes
//   it is judged so               with `idle` always (activate_above is 0 where it is not written),
//                                 else where it has activate_above and min is 0; where what there
//                                 is to do is not known it is neither idle nor above, and where it
//                                 may be more it idles nothing
//
//   an idle metric proposes       `idle`; where the policy has none, 0 while the pool is at 0, and
//                                 what its strategy says once there are replicas
//   one that is above proposes    what its strategy says, at least min and at least 1
//
// So with `idle` a pool goes to it, instead of to min, once every metric is idle, through the same
// windows and rates as any step down (KEDA's cooldownPeriod); min holds while any metric is above,
// and rates do not delay the way up to min. Between `idle` and min a pool is only on its way, and
// a metric that cannot be read keeps it where it is. Without `idle` activation guards the way up
// from 0, and what woke a pool does not send it back: a strategy that would ask for 0 at a load
// that wakes would otherwise go to and fro for ever.
#pragma once

#include <algorithm>
#include <optional>

#include "policy/spec.h"

namespace tided::policy {

/// The value above which `metric` wakes the pool and keeps it awake, if that is asked of it.
[[nodiscard]] inline std::optional<double> activation_of(const PolicySpec& spec,
                                                         const MetricSpec& metric) {
    if (spec.idle) {
        return metric.activate_above.value_or(0.0);
    }
    return spec.min.count == 0 ? metric.activate_above : std::nullopt;
}

/// Whether so much to do wakes a pool. The loads that a capacity remembers are floats: one that
/// stays at the threshold is not above it for their rounding.
[[nodiscard]] inline bool is_above(double to_do, double threshold) {
    constexpr double rounding = 1e-6;
    return to_do > threshold * (1.0 + rounding);
}

/// Whether a metric that is not above proposes the idle count now.
[[nodiscard]] inline bool sends_to_idle(const PolicySpec& spec, Replicas count) {
    return spec.idle || count.count == 0;
}

/// The fewest that a metric above its activation threshold asks for.
[[nodiscard]] inline Replicas fewest_awake(const PolicySpec& spec) {
    return std::max(spec.min, Replicas{1});
}

}  // namespace tided::policy
