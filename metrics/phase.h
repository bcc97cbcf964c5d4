// Phase: when a periodic thing is due, spread over its interval by hash so that a thousand
// targets are not asked in the same millisecond, and always at the same instants, whatever the
// moment of start:
//
//   instants = { k * interval + hash(name, seed) mod interval : k whole }
//
// in steps of ten milliseconds where the interval is a second at least: those due in one step are
// asked together, and the process sleeps in between.
#pragma once

#include <string_view>

#include "policy/vocab/time.h"

namespace tided::metrics {

/// How far apart different offsets are at least.
[[nodiscard]] Duration phase_step(Duration interval);

/// The offset of `name` within `interval`, in [0, interval). REQUIRES: interval > 0.
[[nodiscard]] Duration phase_of(std::string_view name, std::string_view seed, Duration interval);

/// The first instant of this phase strictly after `after`.
[[nodiscard]] TimePoint next_instant(TimePoint after, Duration interval, Duration phase);

}  // namespace tided::metrics
