#include "metrics/promql/quantile.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace tided::metrics::promql {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double no_number = std::numeric_limits<double>::quiet_NaN();

}  // namespace

double quantile(double q, std::vector<double>& values) {
    if (values.empty() || std::isnan(q)) {
        return no_number;
    }
    if (q < 0.0 || q > 1.0) {
        return q < 0.0 ? -infinity : infinity;
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
