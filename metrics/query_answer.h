// Query answer: PromQL values in the JSON of the Prometheus HTTP API, byte for byte as Go's
// encoder writes it (prometheus.io/docs, "HTTP API", section "Expression query result formats"):
//
//   {"status":"success","data":{"resultType":"vector","result":
//       [{"metric":{"__name__":"up","job":"web"},"value":[1435781451.781,"1"]}]}}
//   {"status":"error","errorType":"bad_data","error":"1:7: ..."}
#pragma once

#include <string>
#include <string_view>

#include "metrics/promql/eval.h"
#include "policy/vocab/time.h"

namespace tided::metrics {

/// The answer to an instant query at `at`.
[[nodiscard]] std::string success_answer(const promql::Value& value, TimePoint at);

/// `error_type` is "bad_data" or "execution".
[[nodiscard]] std::string error_answer(std::string_view error_type, std::string_view message);

}  // namespace tided::metrics
