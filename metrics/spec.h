// What a policy file says of a source, as this floor reads it. Addresses, authentication and TLS
// are the session's and not here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "metrics/discovery/spec.h"
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
    DiscoverySpec discovery;    ///< where further targets come from; rules for all of them
    bool honor_labels = false;  ///< a page's own job/instance win
    bool honor_timestamps = true;
    std::size_t sample_limit = 500'000;     ///< a page with more is refused whole
    std::size_t series_limit = 1'000'000;   ///< of the source; a page over it is refused whole
    std::size_t memory_limit = 1U << 30U;   ///< bytes of its series and samples; the same
    std::size_t label_limit = 128;          ///< labels of a series; the same
    std::size_t label_length_limit = 4096;  ///< bytes of a label's name or value; the same
    promql::Dialect dialect = promql::Dialect::prometheus_3;  ///< by which expressions are read

    friend bool operator==(const ScrapeSpec&, const ScrapeSpec&) = default;
};

/// type = "prometheus": instant queries against the Prometheus HTTP API.
struct PrometheusSpec {
    std::string name;
    Duration interval = std::chrono::seconds{5};
    Duration timeout = std::chrono::seconds{3};
    promql::Dialect dialect = promql::Dialect::prometheus_3;  ///< that the server speaks
    std::string tenant{};                                     ///< X-Scope-OrgID; "" = none
    std::size_t servers = 1;       ///< that the session may ask in one another's place
    std::size_t concurrency = 16;  ///< lanes fetched at the same time

    friend bool operator==(const PrometheusSpec&, const PrometheusSpec&) = default;
};

/// The three metrics APIs of a Kubernetes API server.
enum class KubernetesApi : std::uint8_t {
    resource,  ///< metrics.k8s.io: processor and memory of pods and nodes
    custom,    ///< custom.metrics.k8s.io: what an adapter knows of objects
    external,  ///< external.metrics.k8s.io: what an adapter knows of the world outside
};

/// type = "kubernetes_metrics": one of these APIs, asked through a provider's account.
struct KubernetesMetricsSpec {
    std::string name;
    Duration interval = std::chrono::seconds{15};
    Duration timeout = std::chrono::seconds{10};
    KubernetesApi api = KubernetesApi::resource;
    std::string objects = "pods";  ///< of custom: what its metrics describe, as paths name it
    promql::Dialect dialect = promql::Dialect::prometheus_3;  ///< by which expressions are read

    friend bool operator==(const KubernetesMetricsSpec&, const KubernetesMetricsSpec&) = default;
};

}  // namespace tided::metrics
