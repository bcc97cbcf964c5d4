// process_metrics: the customary process_* series, read from /proc when a page is asked for.
// Names and meanings are those of Prometheus' client libraries.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "daemon/telemetry/telemetry.h"

namespace tided::daemon {

[[nodiscard]] std::span<const std::string_view> process_metric_names();

/// What cannot be read is left out.
void append_process_metrics(Telemetry::Format format, std::string& out);

}  // namespace tided::daemon
