// Support: which part of PromQL this build evaluates itself. What lies outside is named at check
// time, with its place in the expression, and never silently evaluated in another way.
#pragma once

#include "metrics/promql/ast.h"
#include "policy/vocab/result.h"

namespace tided::metrics::promql {

/// Errors: unsupported; "1:5: function 'sort' is not supported by this version; supported are …".
[[nodiscard]] Status check_supported(const Expression& expression);

}  // namespace tided::metrics::promql
