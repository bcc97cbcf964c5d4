// Phase: when a periodic thing is due, spread over its interval by hash so that a thousand
// targets are not asked in the same millisecond, and always at the same instants, whatever the
// moment of start:
//
//   instants = { k * interval + hash(name, seed) mod interval : k whole }
#pragma once

#include <string_view>

#include "policy/vocab/time.h"

namespace tided::metrics {

/// The offset of `name` within `interval`, in [0, interval). REQUIRES: interval > 0.
[[nodiscard]] Duration phase_of(std::string_view name, std::string_view seed, Duration interval);

/// The first instant of this phase strictly after `after`.
[[nodiscard]] TimePoint next_instant(TimePoint after, Duration interval, Duration phase);

}  // namespace tided::metrics
