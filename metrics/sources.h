// The table of sources: one row adds one.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "metrics/discovery/discoveries.h"
#include "metrics/source.h"
#include "metrics/spec.h"
#include "metrics/transport.h"
#include "policy/vocab/time.h"

namespace tided::metrics {

/// A scrape source. REQUIRES: `transport` and the ports outlive it.
[[nodiscard]] std::unique_ptr<Source> make_source(ScrapeSpec spec,
                                                  Transport& transport,
                                                  const DiscoveryPorts& ports = {});

/// A Prometheus API source. REQUIRES: `transport` outlives it; its base URL is the server's.
[[nodiscard]] std::unique_ptr<Source> make_source(PrometheusSpec spec, Transport& transport);

/// A source on one of the Kubernetes metrics APIs. REQUIRES: `transport` outlives it; its base URL
/// is the API server's.
[[nodiscard]] std::unique_ptr<Source> make_source(KubernetesMetricsSpec spec, Transport& transport);

/// Whether this build evaluates `expression` itself, as a scrape source must. The error's message
/// starts with "LINE:COL: " inside the expression and names the unparsable or unsupported part.
[[nodiscard]] Status check_expression(const std::string& expression,
                                      promql::Dialect dialect = promql::Dialect::prometheus_3);

/// Whether `expression` may be sent to a Prometheus: any valid PromQL that gives an instant vector
/// or a scalar. The error is as above.
[[nodiscard]] Status check_remote_expression(
    const std::string& expression, promql::Dialect dialect = promql::Dialect::prometheus_3);

/// Whether the source of `spec` answers `expression`. The error is as above.
[[nodiscard]] Status check_expression(const std::string& expression,
                                      const KubernetesMetricsSpec& spec);

/// The shortest range of `expression` that a function of two samples reads (rate, delta,
/// deriv, ...): `[30s]`. Nothing when there is none, or when the expression does not parse.
[[nodiscard]] std::optional<Duration> shortest_rate_range(
    const std::string& expression, promql::Dialect dialect = promql::Dialect::prometheus_3);

}  // namespace tided::metrics
