#include "metrics/promql/quantile.h"

#include <algorithm>
#include <cmath>

namespace tided::metrics::promql {

double quantile(double q, std::vector<double>& values) {
    if (values.empty() || std::isnan(q)) {
        return NAN;
    }
    if (q < 0.0 || q > 1.0) {
        return q < 0.0 ? -INFINITY : INFINITY;
    }
    std::sort(values.begin(), values.end(), [](double a, double b) {
        return std::isnan(a) ? !std::isnan(b) : a < b;
    });
    const double rank = q * static_cast<double>(values.size() - 1);
    const double below = std::floor(rank);
    const auto lower = static_cast<std::size_t>(below);
    const std::size_t upper = std::min(values.size() - 1, lower + 1);
    const double weight = rank - below;
    return values[lower] * (1.0 - weight) + values[upper] * weight;
}

}  // namespace tided::metrics::promql
