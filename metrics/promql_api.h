// PromQL API: the instant query of the Prometheus HTTP API as bytes, both ways
// (prometheus.io/docs, "HTTP API", sections "Instant queries" and "Format overview"):
//
//   GET /api/v1/query?query=EXPR[&time=SECONDS]&timeout=3s      POST with a body from 2 kB on
//   {"status":"success","data":{"resultType":"vector","result":[{"metric":{...},
//       "value":[1435781451.781,"1"]}]},"warnings":["..."]}
//   {"status":"error","errorType":"bad_data","error":"..."}   with 400, 422, 503
//
// A policy needs vectors and scalars: range vectors, strings and native histograms are refused.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "metrics/transport.h"
#include "policy/vocab/labels.h"
#include "policy/vocab/result.h"
#include "policy/vocab/time.h"

namespace tided::metrics {

struct ApiElement {
    Labels labels{};
    double value = 0.0;

    friend bool operator==(const ApiElement&, const ApiElement&) = default;
};

struct ApiAnswer {
    std::vector<ApiElement> elements;  ///< of a scalar: one without labels
    std::vector<std::string> warnings;
    std::optional<TimePoint> evaluated;  ///< by the server's clock; none when nothing was found
};

/// The question for `expression` at `at` by the server's clock, or at its present; the server gives
/// up after `timeout`.
[[nodiscard]] Get instant_query(std::string_view expression,
                                std::optional<TimePoint> at,
                                Duration timeout);

/// Errors: invalid_input (400, 422: the server refuses or cannot evaluate it), unauthenticated
/// (401), forbidden (403), not_found (404), throttled (429), timed_out (503 that says so),
/// unavailable (other 5xx), corrupt (what is no such answer).
[[nodiscard]] Result<ApiAnswer> parse_instant_answer(const Page& page);

}  // namespace tided::metrics
