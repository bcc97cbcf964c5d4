// Aggregate: sum, avg, min, max and count over an instant vector, in groups by or without labels.
//
//   dialect 3 sums with compensation; dialect 2 adds plainly and averages by a running mean.
//   min and max let NaN give way to every number.
#pragma once

#include <optional>

#include "metrics/promql/ast.h"
#include "metrics/promql/items.h"
#include "metrics/promql/summation.h"

namespace tided::metrics::promql {

/// Whether this build aggregates with `op`.
[[nodiscard]] bool is_supported(AggregateOp op);

/// One group while it is filled.
class Fold {
public:
    /// REQUIRES: is_supported(op).
    Fold(AggregateOp op, Dialect dialect) : op_(op), dialect_(dialect) {}

    void add(double value, const Origin& origin);

    /// REQUIRES: something was added.
    [[nodiscard]] double value() const;
    [[nodiscard]] const Origin& origin() const { return origin_; }

private:
    AggregateOp op_;
    Dialect dialect_;
    std::size_t count_ = 0;
    double extreme_ = 0.0;
    CompensatedSum sum_;
    CompensatedMean mean_3_;
    RunningMean mean_2_{RunningMean::Compensation::off};
    Origin origin_;
};

/// The groups of `items`, in the order of their first items, each with its own labels.
void aggregate(const Aggregation& form, Dialect dialect, const Store& store, Items& items);

}  // namespace tided::metrics::promql
