// Binary: arithmetic and comparison, between scalars, a vector and a scalar, or two vectors whose
// elements are paired one to one by their labels (all but the name, or on/ignoring some).
//
//   a comparison keeps the left value where it holds and drops the element where not;
//   with bool it gives 1 or 0. Arithmetic and bool drop the metric name.
#pragma once

#include <string>

#include "metrics/promql/ast.h"
#include "metrics/promql/items.h"
#include "policy/vocab/result.h"

namespace tided::metrics::promql {

/// REQUIRES: no set operator. Comparisons give 1 or 0.
[[nodiscard]] double combine_scalars(BinaryOp op, double left, double right);

/// Which side of the operator the scalar stands on.
enum class ScalarSide : bool { left, right };

/// Applies `form` to every item and `scalar`. Names stay; the caller drops them (drops_name).
void combine_with_scalar(const Binary& form, ScalarSide side, double scalar, Items& items);

/// Pairs `left` and `right` and leaves the result in `left`.
/// Errors: invalid_input without position, when the pairing is not one to one.
[[nodiscard]] Status combine_vectors(const Binary& form,
                                     const Store& store,
                                     Items& left,
                                     const Items& right);

/// Whether the result is no longer a value of the metric.
[[nodiscard]] bool drops_name(const Binary& form);

}  // namespace tided::metrics::promql
