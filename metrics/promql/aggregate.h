// Aggregate: the aggregations that make one value of each group: sum, avg, min, max, count, group,
// stddev, stdvar, quantile, count_values. Those that choose elements are in ranking.h.
//
//   dialect 3 sums with compensation; dialect 2 adds plainly and averages by a running mean.
//   min and max let NaN give way to every number. Of one infinity dialect 2 has no deviation,
//   dialect 3 an undefined one.
#pragma once

#include <string>
#include <vector>

#include "metrics/promql/ast.h"
#include "metrics/promql/items.h"
#include "metrics/promql/summation.h"
#include "policy/vocab/result.h"

namespace tided::metrics::promql {

/// One group while it is filled.
class Fold {
public:
    /// REQUIRES: !is_ranking(op). `parameter` is quantile's.
    Fold(AggregateOp op, Dialect dialect, double parameter = 0.0)
        : op_(op), dialect_(dialect), parameter_(parameter) {}

    void add(double value, const Origin& origin);

    /// REQUIRES: something was added.
    [[nodiscard]] double value();
    [[nodiscard]] const Origin& origin() const { return origin_; }

private:
    void add_to_spread(double value);

    AggregateOp op_;
    Dialect dialect_;
    double parameter_;
    std::size_t count_ = 0;
    double extreme_ = 0.0;
    double spread_ = 0.0;  ///< sum of squared distances from mean_
    double mean_ = 0.0;
    CompensatedSum sum_;
    CompensatedMean mean_3_;
    RunningMean mean_2_{RunningMean::Compensation::off};
    std::vector<double> values_;
    Origin origin_;
};

/// Leaves in `items` one per group, in the order of their first items, each with its own labels.
/// REQUIRES: neither ranking nor count_values.
void aggregate(
    const Aggregation& form, double parameter, Dialect dialect, const Store& store, Items& items);

/// How often each value occurs in its group, the value itself in the label `name`.
/// Errors: invalid_input, without a position: `name` is no label name.
[[nodiscard]] Status count_values(const Aggregation& form,
                                  const std::string& name,
                                  Dialect dialect,
                                  const Store& store,
                                  Items& items);

}  // namespace tided::metrics::promql
