// Types: which operands every form of PromQL takes, with the messages for those it does not.
//
//   scalar op scalar -> scalar     vector op anything -> vector     f(parameters) -> its result
//   agg(vector) -> vector          vector[5m] -> matrix             vector[5m:] -> matrix
#pragma once

#include <string_view>

#include "metrics/promql/ast.h"
#include "policy/vocab/result.h"

namespace tided::metrics::promql {

/// The type of `node`, whose children are typed already.
/// Errors: invalid_input with "LINE:COL: " in `text`.
[[nodiscard]] Result<ValueType> type_of(const Node& node, std::string_view text);

}  // namespace tided::metrics::promql
