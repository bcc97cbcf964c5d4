// Range functions: the value that the samples of one series in a range give: rate, increase,
// *_over_time, deriv and their kin.
//
//   (start, end] in dialect 3, [start, end] in dialect 2; staleness markers are gone already
//
//   rate extrapolates: result = (last - first + resets) * (sampled + to_start + to_end) / sampled,
//   where to_start and to_end are the distances to the range's ends, or half the mean distance of
//   samples where they are too long (1.1 times the mean or more), and a counter is not taken back
//   past the instant at which it would have been zero. Source: prometheus.io/docs, "rate()", and
//   the behaviour of 2.42 and 3.x; native histograms and start timestamps are not known here.
#pragma once

#include <optional>
#include <span>

#include "metrics/promql/ast.h"
#include "policy/vocab/result.h"
#include "policy/vocab/sample.h"
#include "policy/vocab/time.h"

namespace tided::metrics::promql {

/// One series in the range that an evaluation looks at.
struct Window {
    std::span<const Sample> samples;  ///< rising instants, at least one
    TimePoint end;                    ///< of the range, offset and "@" counted in
    Duration length{};
    TimePoint now;  ///< of the evaluation
    Dialect dialect = Dialect::prometheus_3;
    std::span<const double> parameters{};  ///< the scalar arguments, left to right
};

/// Nothing when the samples are too few.
using RangeFunction = std::optional<double> (*)(const Window&);

/// Whether a function takes these scalar arguments. Errors: invalid_input, without a position.
using ParameterCheck = Status (*)(std::span<const double> parameters);

namespace over_range {

std::optional<double> rate(const Window& window);
std::optional<double> increase(const Window& window);
std::optional<double> delta(const Window& window);
std::optional<double> irate(const Window& window);
std::optional<double> idelta(const Window& window);
std::optional<double> avg(const Window& window);
std::optional<double> sum(const Window& window);
std::optional<double> max(const Window& window);
std::optional<double> min(const Window& window);
std::optional<double> count(const Window& window);
std::optional<double> first(const Window& window);
std::optional<double> last(const Window& window);
std::optional<double> present(const Window& window);

// over_time.cpp
std::optional<double> changes(const Window& window);
std::optional<double> resets(const Window& window);
std::optional<double> stddev(const Window& window);
std::optional<double> stdvar(const Window& window);
std::optional<double> quantile(const Window& window);
std::optional<double> mad(const Window& window);
std::optional<double> deriv(const Window& window);
std::optional<double> predict_linear(const Window& window);
std::optional<double> holt_winters(const Window& window);
std::optional<double> instant_of_first(const Window& window);
std::optional<double> instant_of_last(const Window& window);
std::optional<double> instant_of_max(const Window& window);
std::optional<double> instant_of_min(const Window& window);

Status check_smoothing_factors(std::span<const double> parameters);

}  // namespace over_range
}  // namespace tided::metrics::promql
