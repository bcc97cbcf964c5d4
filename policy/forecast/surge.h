// Surge: a rise that stands out of the load's usual changes is taken to go on for a minute.
//
//   rise    = load - load one entry before
//   surge   = min(load + 4 x rise, 2 x load)     if rise > 4 x agitation x load, else load
// A straight line through the last two entries, as far as a burst usually ramps; the bound keeps a
// jump that is already over from asking for many times what is needed.
#pragma once

#include "policy/forecast/load_history.h"

namespace tided::policy::forecast {

/// The load to be ready for. REQUIRES: history is not empty.
[[nodiscard]] double surge(const LoadHistory& history, double agitation);

}  // namespace tided::policy::forecast
