#include "metrics/promql/functions.h"

#include <array>
#include <cmath>

#include "metrics/promql/summation.h"

namespace tided::metrics::promql {
namespace {

struct NameRow {
    std::string_view name;
    RangeFunction function;
};

constexpr std::array<NameRow, 10> names{{{"rate", RangeFunction::rate},
                                         {"increase", RangeFunction::increase},
                                         {"irate", RangeFunction::irate},
                                         {"delta", RangeFunction::delta},
                                         {"avg_over_time", RangeFunction::avg_over_time},
                                         {"max_over_time", RangeFunction::max_over_time},
                                         {"min_over_time", RangeFunction::min_over_time},
                                         {"sum_over_time", RangeFunction::sum_over_time},
                                         {"count_over_time", RangeFunction::count_over_time},
                                         {"last_over_time", RangeFunction::last_over_time}}};

using Samples = std::span<const Sample>;

// Whole seconds and the rest apart: the rounding of Go's Duration.Seconds().
double range_seconds(Duration length) {
    const auto whole = std::chrono::floor<std::chrono::seconds>(length);
    const auto rest = std::chrono::nanoseconds{length - whole};
    return static_cast<double>(whole.count()) + static_cast<double>(rest.count()) / 1e9;
}

double increase_with_resets(Samples samples) {
    double increase = samples.back().value - samples.front().value;
    for (std::size_t i = 1; i < samples.size(); ++i) {
        if (samples[i].value < samples[i - 1].value) {
            increase += samples[i - 1].value;
        }
    }
    return increase;
}

// Distances in seconds, named as in the head of functions.h.
struct Distances {
    double sampled;
    double mean;
    double to_start;
    double to_end;
};

Distances distances_of(Samples samples, const Range& range) {
    const TimePoint first = samples.front().at;
    const TimePoint last = samples.back().at;
    const double sampled = to_seconds(last - first);
    return {.sampled = sampled,
            .mean = sampled / static_cast<double>(samples.size() - 1),
            .to_start = to_seconds(first - (range.end - range.length)),
            .to_end = to_seconds(range.end - last)};
}

// How far back the counter would have been zero; infinite when that cannot be told.
double distance_to_zero(double first, double increase, double sampled) {
    return increase > 0.0 && first >= 0.0 ? sampled * (first / increase) : INFINITY;
}

double bounded(double distance, double mean) {
    return distance < mean * 1.1 ? distance : mean / 2.0;
}

enum class Kind : std::uint8_t { counter, gauge };

// The two dialects meet the zero point in another order: 2.42 compares it with the distance to
// the range's start before that is bounded, 3.x after; and they round the sum differently.
double extrapolation_factor(Samples samples, double increase, const Range& range, Kind kind) {
    Distances d = distances_of(samples, range);
    const double zero = kind == Kind::counter
                            ? distance_to_zero(samples.front().value, increase, d.sampled)
                            : INFINITY;
    if (range.dialect == Dialect::prometheus_2) {
        d.to_start = zero < d.to_start ? zero : d.to_start;
        return (d.sampled + bounded(d.to_start, d.mean) + bounded(d.to_end, d.mean)) / d.sampled;
    }
    d.to_start = bounded(d.to_start, d.mean);
    d.to_start = zero < d.to_start ? zero : d.to_start;
    return (d.sampled + d.to_start + bounded(d.to_end, d.mean)) / d.sampled;
}

std::optional<double> increase(Samples samples, const Range& range, Kind kind) {
    if (samples.size() < 2) {
        return std::nullopt;
    }
    const double raw = kind == Kind::counter ? increase_with_resets(samples)
                                             : samples.back().value - samples.front().value;
    return raw * extrapolation_factor(samples, raw, range, kind);
}

std::optional<double> rate(Samples samples, const Range& range) {
    if (samples.size() < 2) {
        return std::nullopt;
    }
    const double raw = increase_with_resets(samples);
    const double factor = extrapolation_factor(samples, raw, range, Kind::counter);
    return raw * (factor / range_seconds(range.length));
}

std::optional<double> irate(Samples samples) {
    if (samples.size() < 2) {
        return std::nullopt;
    }
    const Sample& last = samples.back();
    const Sample& before = samples[samples.size() - 2];
    const double step = last.value < before.value ? last.value : last.value - before.value;
    return step / to_seconds(last.at - before.at);
}

double mean(Samples samples, Dialect dialect) {
    if (dialect == Dialect::prometheus_2) {
        RunningMean running{RunningMean::Compensation::on};
        for (const Sample& sample : samples) {
            running.add(sample.value);
        }
        return running.value();
    }
    CompensatedMean compensated;
    for (const Sample& sample : samples) {
        compensated.add(sample.value);
    }
    return compensated.value();
}

double sum(Samples samples, Dialect dialect) {
    CompensatedSum total;
    for (const Sample& sample : samples) {
        total.add(sample.value, dialect);
    }
    return std::isinf(total.sum) ? total.sum : total.sum + total.lost;
}

// NaN gives way to every number.
double maximum(Samples samples) {
    double best = samples.front().value;
    for (const Sample& sample : samples) {
        best = sample.value > best || std::isnan(best) ? sample.value : best;
    }
    return best;
}

double minimum(Samples samples) {
    double best = samples.front().value;
    for (const Sample& sample : samples) {
        best = sample.value < best || std::isnan(best) ? sample.value : best;
    }
    return best;
}

}  // namespace

std::optional<RangeFunction> range_function(std::string_view name) {
    for (const NameRow& row : names) {
        if (row.name == name) {
            return row.function;
        }
    }
    return std::nullopt;
}

std::string supported_functions() {
    std::string list;
    for (const NameRow& row : names) {
        list += (list.empty() ? "" : ", ") + std::string{row.name};
    }
    return list;
}

bool keeps_name(RangeFunction function) {
    return function == RangeFunction::last_over_time;
}

std::optional<double> apply(RangeFunction function, Samples samples, const Range& range) {
    if (samples.empty()) {
        return std::nullopt;
    }
    switch (function) {
        case RangeFunction::rate:
            return rate(samples, range);
        case RangeFunction::increase:
            return increase(samples, range, Kind::counter);
        case RangeFunction::irate:
            return irate(samples);
        case RangeFunction::delta:
            return increase(samples, range, Kind::gauge);
        case RangeFunction::avg_over_time:
            return mean(samples, range.dialect);
        case RangeFunction::max_over_time:
            return maximum(samples);
        case RangeFunction::min_over_time:
            return minimum(samples);
        case RangeFunction::sum_over_time:
            return sum(samples, range.dialect);
        case RangeFunction::count_over_time:
            return static_cast<double>(samples.size());
        case RangeFunction::last_over_time:
            return samples.back().value;
    }
    return std::nullopt;
}

}  // namespace tided::metrics::promql
