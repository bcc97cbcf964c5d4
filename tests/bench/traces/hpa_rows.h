// HPA on the fluid model: our own core with its default behaviour (up max(2x, +4) per 15 s, down to
// the largest proposal of 300 s, tolerance 0.1) and a target of cpu or rps (policy_rows.h). HPA
// counts starting pods as idle on the way up and keeps the count when that lowers the use into
// tolerance; the core's default profile knows no pods, so this rule is applied to the reading.
//
// The cap per step is the one of `behavior`; the legacy one (without `behavior`) is
// max(2x, 4), which differs from 2 to 4 replicas only.
#pragma once

#include "tests/bench/traces/fluid_model.h"

namespace tided::bench {

[[nodiscard]] Controller hpa_on_cpu(double target);
[[nodiscard]] Controller hpa_on_rps(double target);

/// Enough for the peak, all the time.
[[nodiscard]] Controller static_peak(std::span<const double> load);

}  // namespace tided::bench
