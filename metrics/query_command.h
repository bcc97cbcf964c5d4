// Query command: the core of `tided query`: PromQL over a file of OpenMetrics text in which every
// sample has a timestamp (what `promtool tsdb create-blocks-from openmetrics` takes), answered as
// the Prometheus HTTP API answers. A range query is an instant query repeated at every step.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "metrics/promql/eval.h"
#include "metrics/store.h"
#include "policy/vocab/result.h"
#include "policy/vocab/time.h"

namespace tided::metrics {

struct QueryRequest {
    std::string expression;
    promql::Options options;
    TimePoint time{};  ///< of an instant query

    struct Steps {
        TimePoint start;
        TimePoint end;
        Duration step{};
    };
    std::optional<Steps> steps;  ///< set: a range query
};

struct QueryAnswer {
    std::string json;  ///< one line, without its end
    bool is_error = false;
};

/// Puts every sample of `text` into `store`, series sorted by labels, samples by time.
/// Errors: corrupt, "FILE:LINE:COL: error: …"; also a sample without timestamp.
[[nodiscard]] Status load_samples(std::string_view text, std::string_view file_name, Store& store);

/// Never fails: what is wrong is in the answer.
[[nodiscard]] QueryAnswer answer_query(const QueryRequest& request, const Store& store);

/// "1435781451.781" or "2015-07-01T20:10:51.781Z", as the API takes instants.
[[nodiscard]] Result<TimePoint> parse_query_time(std::string_view text);

/// "15s" or "15", as the API takes steps.
[[nodiscard]] Result<Duration> parse_query_step(std::string_view text);

}  // namespace tided::metrics
