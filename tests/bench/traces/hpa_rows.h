// HPA on the fluid model, decided by our own core (policy::decide with its default behaviour:
// up max(2x, +4) per 15 s, down to the largest proposal of 300 s, tolerance 0.1).
//
//   cpu   mean of min(load, ready) over mean of ready, a `value` metric: it saturates at 1.
//         HPA counts starting pods as idle on the way up and keeps the count when that lowers
//         the use into tolerance; the core knows no pods, so this rule is applied to the reading.
//   rps   mean of load, an `average_value` metric: unbounded.
//
// The cap per step is the one of `behavior`; the legacy one (without `behavior`) is
// max(2x, 4), which differs from 2 to 4 replicas only.
#pragma once

#include "policy/spec.h"
#include "tests/bench/traces/fluid_model.h"

namespace tided::bench {

[[nodiscard]] Controller hpa_on_cpu(double target);
[[nodiscard]] Controller hpa_on_rps(double target);

/// Any policy of one metric, decided by the core: a `value` metric reads cpu, an `average_value`
/// metric rps; one replica in full use counts 1. REQUIRES: one metric.
[[nodiscard]] Controller deciding(policy::PolicySpec spec);

/// Enough for the peak, all the time.
[[nodiscard]] Controller static_peak(std::span<const double> load);

}  // namespace tided::bench
