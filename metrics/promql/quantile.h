// Quantile: the value below which a share of several values lies, between two of them by weight.
#pragma once

#include <vector>

namespace tided::metrics::promql {

/// The q-quantile; sorts `values`, NaN first. -Inf below q = 0, +Inf above 1, NaN where q is NaN or
/// there are no values.
[[nodiscard]] double quantile(double q, std::vector<double>& values);

}  // namespace tided::metrics::promql
