// PromQL API: the queries of the Prometheus HTTP API as bytes, both ways (prometheus.io/docs,
// "HTTP API", sections "Instant queries", "Range queries" and "Format overview"):
//
//   GET /api/v1/query?query=EXPR[&time=SECONDS]&timeout=3s      POST with a body from 2 kB on
//   GET /api/v1/query_range?query=EXPR&start=..&end=..&step=..
//   {"status":"success","data":{"resultType":"vector","result":[{"metric":{...},
//       "value":[1435781451.781,"1"]}]},"warnings":["..."]}
//   {"resultType":"matrix","result":[{"metric":{...},"values":[[1435781451.781,"1"],...]}]}
//   {"status":"error","errorType":"bad_data","error":"..."}   with 400, 422, 503
//
// A policy needs vectors and scalars, a history needs matrices of floats: range vectors in the
// first, strings, and native histograms in both are refused.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "metrics/transport.h"
#include "policy/vocab/labels.h"
#include "policy/vocab/result.h"
#include "policy/vocab/sample.h"
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
    std::uint64_t samples_read = 0;      ///< of its storage, as the server says; 0 when it does not
};

/// One series of a range query's answer: a sample for each step that has a value, in order.
struct ApiSeries {
    Labels labels{};
    std::vector<Sample> samples;
};

struct ApiRange {
    std::vector<ApiSeries> series;
    std::vector<std::string> warnings;
};

/// The instants start, start + step, ... up to and including end, by the server's clock.
struct RangeSteps {
    TimePoint start{};
    TimePoint end{};
    Duration step{};

    /// REQUIRES: step > 0, start <= end.
    [[nodiscard]] std::size_t points() const {
        return static_cast<std::size_t>((end - start) / step) + 1;
    }
};

/// What a Prometheus server gives per series at most.
inline constexpr std::size_t most_range_points = 11'000;

/// The question for `expression` at `at` by the server's clock, or at its present; the server gives
/// up after `timeout`.
[[nodiscard]] Get instant_query(std::string_view expression,
                                std::optional<TimePoint> at,
                                Duration timeout);

/// The question for `expression` at each of `steps`. Errors: invalid_input, for steps that lead
/// nowhere or are more than `most_range_points`.
[[nodiscard]] Result<Get> range_query(std::string_view expression,
                                      const RangeSteps& steps,
                                      Duration timeout);

/// Makes a POST of it the GET that asks the same, for servers and proxies that refuse POST.
void put_in_url(Get& request);

/// Errors: invalid_input (400, 413, 414, 422: the server refuses or cannot evaluate it),
/// unauthenticated (401), forbidden (403), not_found (404), throttled (429), timed_out (503 that
/// says so), unavailable (other 5xx), corrupt (what is no such answer).
[[nodiscard]] Result<ApiAnswer> parse_instant_answer(const Page& page);

/// Errors as above, and corrupt for a series of more than `most_range_points`.
[[nodiscard]] Result<ApiRange> parse_range_answer(const Page& page);

}  // namespace tided::metrics
