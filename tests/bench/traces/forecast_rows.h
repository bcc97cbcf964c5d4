// The pool steered by policy/forecast: the newest of the three samples in, replicas out. The
// limit of use (0.85) is the only thing it is told; start delay, headroom and habits it learns.
//
// This is what a policy's pass will do around forecast/, in order:
//   Outlook     look_ahead(memory, {value / amount, now - age}, observed, now)
//   Need        each number of the outlook rounded up
//   released    the need against the count: a small rise and a fall just begun wait
#pragma once

#include "tests/bench/traces/fluid_model.h"

namespace tided::bench {

[[nodiscard]] Controller forecasting();

}  // namespace tided::bench
