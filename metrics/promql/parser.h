// Parser: PromQL text to a type-checked tree. It reads the whole language of Prometheus 2.42 or
// 3.x (without experimental extensions); what this build can evaluate is promql/support.h's.
//
//   binding, loosest first:  or | and unless | == != < > <= >= | + - | * / % atan2 | unary | ^
#pragma once

#include <string>

#include "metrics/promql/ast.h"
#include "policy/vocab/result.h"

namespace tided::metrics::promql {

/// Errors: invalid_input; the message starts with "LINE:COL: ".
[[nodiscard]] Result<Expression> parse(std::string text, Dialect dialect = Dialect::prometheus_3);

}  // namespace tided::metrics::promql
