// exposition: writing our own page, Prometheus text 0.0.4 or OpenMetrics 1.0.
//
//   text 0.0.4     # HELP tided_x_total …     # TYPE tided_x_total counter   tided_x_total{a="b"} 1
//   OpenMetrics    # HELP tided_x …           # TYPE tided_x counter tided_x_total{a="b"} 1.0
//                  … and `# EOF` at the end
//
// Escapes in label values: \ " and newline; in HELP: \ and newline (and " in OpenMetrics).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "daemon/telemetry/telemetry.h"

namespace tided::daemon {

enum class MetricKind : std::uint8_t { counter, gauge, histogram };

/// `name` is the sample's name, with _total for a counter.
void append_head(Telemetry::Format format,
                 std::string_view name,
                 std::string_view help,
                 MetricKind kind,
                 std::string& out);

/// `key="value"`, escaped, with a comma in front unless `out` ends with '{'.
void append_label(std::string_view key, std::string_view value, std::string& out);

}  // namespace tided::daemon
