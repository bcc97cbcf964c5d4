// Binary: arithmetic and comparison between scalars and between a vector and a scalar; what a pair
// of values gives. How two vectors are paired is in pairing.h.
//
//   a comparison keeps the left value where it holds and drops the element where not;
//   with bool it gives 1 or 0. Arithmetic and bool drop the metric name.
#pragma once

#include <optional>

#include "metrics/promql/ast.h"
#include "metrics/promql/items.h"

namespace tided::metrics::promql {

/// REQUIRES: no set operator. Comparisons give 1 or 0.
[[nodiscard]] double combine_scalars(BinaryOp op, double left, double right);

/// What a pair gives; nothing when a comparison drops it, else `kept`. REQUIRES: no set operator.
[[nodiscard]] std::optional<double> combine(const Binary& form,
                                            double left,
                                            double right,
                                            double kept);

/// Which side of the operator the scalar stands on.
enum class ScalarSide : bool { left, right };

/// Applies `form` to every item and `scalar`. Names stay; the caller drops them (drops_name).
void combine_with_scalar(const Binary& form, ScalarSide side, double scalar, Items& items);

/// Whether the result is no longer a value of the metric.
[[nodiscard]] bool drops_name(const Binary& form);

}  // namespace tided::metrics::promql
