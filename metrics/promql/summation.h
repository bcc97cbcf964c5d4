// Summation: sums and means of doubles that keep what rounding loses (Neumaier's form of Kahan's
// algorithm), in the exact variants of Prometheus 2.42 and 3.x, whose results we reproduce.
#pragma once

#include <cstddef>

#include "metrics/promql/ast.h"

namespace tided::metrics::promql {

/// A sum and what its additions lost.
struct CompensatedSum {
    double sum = 0.0;
    double lost = 0.0;

    /// Adds `value`. Dialect 3 forgets the loss when the sum becomes infinite; dialect 2 does not.
    void add(double value, Dialect dialect);
};

/// The mean of values added one by one, by dialect 3's rule: the compensated sum divided, or,
/// from where the sum would overflow, a running mean.
class CompensatedMean {
public:
    void add(double value);
    [[nodiscard]] double value() const;

private:
    CompensatedSum total_;
    double count_ = 0.0;
    bool is_running_ = false;  ///< total_ holds the mean itself
};

/// A running mean in which an infinity, once met, stays: dialect 2's rule. With compensation it is
/// avg_over_time's, without avg()'s.
class RunningMean {
public:
    enum class Compensation : bool { off, on };

    explicit RunningMean(Compensation compensation) : compensation_(compensation) {}

    void add(double value);
    [[nodiscard]] double value() const;

private:
    CompensatedSum mean_;
    double count_ = 0.0;
    Compensation compensation_;
};

}  // namespace tided::metrics::promql
