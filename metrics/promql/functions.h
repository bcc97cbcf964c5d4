// Functions over the samples of one series in a range: rate, increase, delta, irate, *_over_time.
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
#include <string>
#include <string_view>

#include "metrics/promql/ast.h"
#include "policy/vocab/sample.h"
#include "policy/vocab/time.h"

namespace tided::metrics::promql {

enum class RangeFunction : std::uint8_t {
    rate,
    increase,
    irate,
    delta,
    avg_over_time,
    max_over_time,
    min_over_time,
    sum_over_time,
    count_over_time,
    last_over_time,
};

/// The range an evaluation at `end` looks at.
struct Range {
    TimePoint end;
    Duration length{};
    Dialect dialect = Dialect::prometheus_3;
};

[[nodiscard]] std::optional<RangeFunction> range_function(std::string_view name);

/// "rate, increase, …", for messages.
[[nodiscard]] std::string supported_functions();

/// Whether the result still is a value of the metric and so keeps its name.
[[nodiscard]] bool keeps_name(RangeFunction function);

/// Nothing when `samples` are too few. REQUIRES: rising instants, all within `range`.
[[nodiscard]] std::optional<double> apply(RangeFunction function,
                                          std::span<const Sample> samples,
                                          const Range& range);

}  // namespace tided::metrics::promql
