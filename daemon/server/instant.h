// instant: instants as people and programs write them in requests and on the command line.
//
//   2026-11-22T08:00:00Z   2026-11-22T09:00:00.250+01:00   RFC 3339
//   1795334400, 1795334400.25                              seconds since 1970
//   2h                                                     a duration: that long ago
#pragma once

#include <string_view>

#include "policy/vocab/result.h"
#include "policy/vocab/time.h"

namespace tided::daemon {

/// Errors (invalid_input) quote the text and name the three forms.
[[nodiscard]] Result<TimePoint> parse_instant(std::string_view text, TimePoint now);

}  // namespace tided::daemon
