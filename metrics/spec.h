// What a policy file says of a source, as this floor reads it. Addresses, authentication and TLS
// are the session's and not here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "metrics/promql/ast.h"
#include "policy/vocab/labels.h"
#include "policy/vocab/time.h"

namespace tided::metrics {

/// type = "scrape": we fetch exposition pages ourselves.
struct ScrapeSpec {
    std::string name;
    Duration interval = std::chrono::seconds{5};
    Duration timeout = std::chrono::seconds{3};  ///< <= interval
    std::vector<std::string> targets;            ///< "host:port", absolute or full URL; "[::1]:80"
    std::string scheme = "http";
    std::string metrics_path = "/metrics";
    Labels labels;              ///< put on every series of the source
    bool honor_labels = false;  ///< a page's own job/instance win
    bool honor_timestamps = true;
    std::size_t sample_limit = 500'000;    ///< a page with more is refused whole
    std::size_t series_limit = 1'000'000;  ///< of the source; a page over it is refused whole
    promql::Dialect dialect = promql::Dialect::prometheus_3;  ///< by which expressions are read

    friend bool operator==(const ScrapeSpec&, const ScrapeSpec&) = default;
};

/// type = "prometheus": instant queries against the Prometheus HTTP API.
struct PrometheusSpec {
    std::string name;
    Duration interval = std::chrono::seconds{5};
    Duration timeout = std::chrono::seconds{3};
    promql::Dialect dialect = promql::Dialect::prometheus_3;  ///< that the server speaks

    friend bool operator==(const PrometheusSpec&, const PrometheusSpec&) = default;
};

}  // namespace tided::metrics
