// The range functions that count, spread, fit a line or smooth.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <string>
#include <vector>

#include "metrics/promql/quantile.h"
#include "metrics/promql/range_functions.h"
#include "metrics/promql/summation.h"

namespace tided::metrics::promql {
namespace {

constexpr double no_number = std::numeric_limits<double>::quiet_NaN();

// Welford's variance with compensation, as 2.42 and 3.x sum it; infinities are not special.
double variance(const Window& window) {
    double count = 0.0;
    CompensatedSum mean;
    CompensatedSum squares;
    for (const Sample& sample : window.samples) {
        count += 1.0;
        const double delta = sample.value - (mean.sum + mean.lost);
        mean.add(delta / count, window.dialect);
        squares.add(delta * (sample.value - (mean.sum + mean.lost)), window.dialect);
    }
    return (squares.sum + squares.lost) / count;
}

struct Line {
    double slope;
    double intercept;  ///< the value at the instant asked for
};

double total(const CompensatedSum& sum) {
    return sum.sum + sum.lost;
}

bool is_constant(std::span<const Sample> samples) {
    return std::all_of(samples.begin(), samples.end(), [&samples](const Sample& sample) {
        return sample.value == samples.front().value;
    });
}

// Least squares, with the instants counted from `zero`, in seconds.
Line fitted_line(const Window& window, TimePoint zero) {
    const double first = window.samples.front().value;
    if (is_constant(window.samples)) {
        const bool is_finite = !std::isinf(first);
        return is_finite ? Line{0.0, first} : Line{no_number, no_number};
    }
    const auto n = static_cast<double>(window.samples.size());
    CompensatedSum x;
    CompensatedSum y;
    CompensatedSum xy;
    CompensatedSum xx;
    for (const Sample& sample : window.samples) {
        const double at = to_seconds(sample.at - zero);
        x.add(at, window.dialect);
        y.add(sample.value, window.dialect);
        xy.add(at * sample.value, window.dialect);
        xx.add(at * at, window.dialect);
    }
    const double covariance = total(xy) - total(x) * total(y) / n;
    const double spread = total(xx) - total(x) * total(x) / n;
    const double slope = covariance / spread;
    return {slope, total(y) / n - slope * total(x) / n};
}

std::vector<double> values_of(const Window& window) {
    std::vector<double> values;
    values.reserve(window.samples.size());
    for (const Sample& sample : window.samples) {
        values.push_back(sample.value);
    }
    return values;
}

Status check_factor(const char* name, double factor) {
    const bool is_outside = factor <= 0.0 || factor >= 1.0;
    if (!is_outside) {
        return {};
    }
    char number[400];
    std::snprintf(number, sizeof number, "%f", factor);
    return fail(ErrorCode::invalid_input,
                "invalid " + std::string{name} + " factor. Expected: 0 < " + name[0] +
                    "f < 1, got: " + number);
}

}  // namespace

namespace over_range {

std::optional<double> changes(const Window& window) {
    int found = 0;
    for (std::size_t i = 1; i < window.samples.size(); ++i) {
        const double before = window.samples[i - 1].value;
        const double value = window.samples[i].value;
        const bool both_nan = std::isnan(before) && std::isnan(value);
        found += value != before && !both_nan ? 1 : 0;
    }
    return found;
}

std::optional<double> resets(const Window& window) {
    int found = 0;
    for (std::size_t i = 1; i < window.samples.size(); ++i) {
        found += window.samples[i].value < window.samples[i - 1].value ? 1 : 0;
    }
    return found;
}

std::optional<double> stddev(const Window& window) {
    return std::sqrt(variance(window));
}

std::optional<double> stdvar(const Window& window) {
    return variance(window);
}

std::optional<double> quantile(const Window& window) {
    std::vector<double> values = values_of(window);
    return promql::quantile(window.parameters[0], values);
}

std::optional<double> mad(const Window& window) {
    std::vector<double> values = values_of(window);
    if (std::any_of(values.begin(), values.end(), [](double v) { return std::isnan(v); })) {
        return no_number;
    }
    const double median = promql::quantile(0.5, values);
    for (double& value : values) {
        value = std::fabs(value - median);
    }
    return promql::quantile(0.5, values);
}

std::optional<double> deriv(const Window& window) {
    if (window.samples.size() < 2) {
        return std::nullopt;
    }
    return fitted_line(window, window.samples.front().at).slope;
}

std::optional<double> predict_linear(const Window& window) {
    if (window.samples.size() < 2) {
        return std::nullopt;
    }
    const Line line = fitted_line(window, window.now);
    return line.slope * window.parameters[0] + line.intercept;
}

// Holt's linear method (double exponential smoothing): parameters are the smoothing factor and
// the trend factor. Source: en.wikipedia.org/wiki/Exponential_smoothing.
std::optional<double> holt_winters(const Window& window) {
    const auto samples = window.samples;
    if (samples.size() < 2) {
        return std::nullopt;
    }
    const double smoothing = window.parameters[0];
    const double trending = window.parameters[1];
    double before = 0.0;
    double level = samples[0].value;
    double trend = samples[1].value - samples[0].value;
    for (std::size_t i = 1; i < samples.size(); ++i) {
        if (i > 1) {
            trend = trending * (level - before) + (1.0 - trending) * trend;
        }
        before = level;
        level = smoothing * samples[i].value + (1.0 - smoothing) * (level + trend);
    }
    return level;
}

std::optional<double> instant_of_first(const Window& window) {
    return to_unix_seconds(window.samples.front().at);
}

std::optional<double> instant_of_last(const Window& window) {
    return to_unix_seconds(window.samples.back().at);
}

// Of several extremes the newest.
std::optional<double> instant_of_max(const Window& window) {
    const Sample* best = &window.samples.front();
    for (const Sample& sample : window.samples) {
        best = sample.value >= best->value || std::isnan(best->value) ? &sample : best;
    }
    return to_unix_seconds(best->at);
}

std::optional<double> instant_of_min(const Window& window) {
    const Sample* best = &window.samples.front();
    for (const Sample& sample : window.samples) {
        best = sample.value <= best->value || std::isnan(best->value) ? &sample : best;
    }
    return to_unix_seconds(best->at);
}

Status check_smoothing_factors(std::span<const double> parameters) {
    const Status smoothing = check_factor("smoothing", parameters[0]);
    return smoothing ? check_factor("trend", parameters[1]) : smoothing;
}

}  // namespace over_range
}  // namespace tided::metrics::promql
