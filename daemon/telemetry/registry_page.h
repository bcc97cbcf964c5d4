// registry_page: what a prometheus-cpp registry holds as a page of ours. The library's own
// serialiser knows text 0.0.4 alone and keeps no order; here families and series are sorted.
#pragma once

#include <string>

#include "daemon/telemetry/telemetry.h"

namespace prometheus {
class Registry;
}

namespace tided::daemon {

void append_registry(Telemetry::Format format,
                     const prometheus::Registry& registry,
                     std::string& out);

}  // namespace tided::daemon
