// Ranking: the aggregations that choose elements and keep their labels: topk, bottomk, and 3.x's
// limitk and limit_ratio.
#pragma once

#include "metrics/promql/ast.h"
#include "metrics/promql/items.h"
#include "policy/vocab/result.h"

namespace tided::metrics::promql {

[[nodiscard]] bool is_ranking(AggregateOp op);

/// Leaves in `items` the chosen ones of each group; topk's and bottomk's best first.
/// limit_ratio chooses by the hash of the labels: the same ones at every instant.
/// Errors: invalid_input, without a position: `parameter` is no count.
[[nodiscard]] Status rank(
    const Aggregation& form, double parameter, Dialect dialect, const Store& store, Items& items);

}  // namespace tided::metrics::promql
