// Support: which part of PromQL is evaluated here. What lies outside (functions on native
// histograms, info, start_timestamp) is named at check time, with its place in the expression, and
// never silently evaluated in another way.
#pragma once

#include "metrics/promql/ast.h"
#include "policy/vocab/result.h"

namespace tided::metrics::promql {

/// Errors: unsupported; "1:5: function 'info' is not supported by this version".
[[nodiscard]] Status check_supported(const Expression& expression);

}  // namespace tided::metrics::promql
