#include "metrics/promql/range_functions.h"

#include <cmath>

#include "metrics/promql/summation.h"

namespace tided::metrics::promql {
namespace {

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

// Distances in seconds, named as in the head of range_functions.h.
struct Distances {
    double sampled;
    double mean;
    double to_start;
    double to_end;
};

Distances distances_of(const Window& window) {
    const Samples samples = window.samples;
    const TimePoint first = samples.front().at;
    const TimePoint last = samples.back().at;
    const double sampled = to_seconds(last - first);
    return {.sampled = sampled,
            .mean = sampled / static_cast<double>(samples.size() - 1),
            .to_start = to_seconds(first - (window.end - window.length)),
            .to_end = to_seconds(window.end - last)};
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
double extrapolation_factor(const Window& window, double increase, Kind kind) {
    Distances d = distances_of(window);
    const double zero = kind == Kind::counter
                            ? distance_to_zero(window.samples.front().value, increase, d.sampled)
                            : INFINITY;
    if (window.dialect == Dialect::prometheus_2) {
        d.to_start = zero < d.to_start ? zero : d.to_start;
        return (d.sampled + bounded(d.to_start, d.mean) + bounded(d.to_end, d.mean)) / d.sampled;
    }
    d.to_start = bounded(d.to_start, d.mean);
    d.to_start = zero < d.to_start ? zero : d.to_start;
    return (d.sampled + d.to_start + bounded(d.to_end, d.mean)) / d.sampled;
}

double mean_2(Samples samples) {
    RunningMean running{RunningMean::Compensation::on};
    for (const Sample& sample : samples) {
        running.add(sample.value);
    }
    return running.value();
}

double mean_3(Samples samples) {
    CompensatedMean compensated;
    for (const Sample& sample : samples) {
        compensated.add(sample.value);
    }
    return compensated.value();
}

}  // namespace

namespace over_range {

std::optional<double> rate(const Window& window) {
    if (window.samples.size() < 2) {
        return std::nullopt;
    }
    const double raw = increase_with_resets(window.samples);
    const double factor = extrapolation_factor(window, raw, Kind::counter);
    return raw * (factor / range_seconds(window.length));
}

std::optional<double> increase(const Window& window) {
    if (window.samples.size() < 2) {
        return std::nullopt;
    }
    const double raw = increase_with_resets(window.samples);
    return raw * extrapolation_factor(window, raw, Kind::counter);
}

std::optional<double> delta(const Window& window) {
    if (window.samples.size() < 2) {
        return std::nullopt;
    }
    const double raw = window.samples.back().value - window.samples.front().value;
    return raw * extrapolation_factor(window, raw, Kind::gauge);
}

std::optional<double> irate(const Window& window) {
    if (window.samples.size() < 2) {
        return std::nullopt;
    }
    const Sample& last = window.samples.back();
    const Sample& before = window.samples[window.samples.size() - 2];
    const double step = last.value < before.value ? last.value : last.value - before.value;
    return step / to_seconds(last.at - before.at);
}

std::optional<double> idelta(const Window& window) {
    if (window.samples.size() < 2) {
        return std::nullopt;
    }
    return window.samples.back().value - window.samples[window.samples.size() - 2].value;
}

std::optional<double> avg(const Window& window) {
    return window.dialect == Dialect::prometheus_2 ? mean_2(window.samples)
                                                   : mean_3(window.samples);
}

std::optional<double> sum(const Window& window) {
    CompensatedSum total;
    for (const Sample& sample : window.samples) {
        total.add(sample.value, window.dialect);
    }
    return std::isinf(total.sum) ? total.sum : total.sum + total.lost;
}

// NaN gives way to every number.
std::optional<double> max(const Window& window) {
    double best = window.samples.front().value;
    for (const Sample& sample : window.samples) {
        best = sample.value > best || std::isnan(best) ? sample.value : best;
    }
    return best;
}

std::optional<double> min(const Window& window) {
    double best = window.samples.front().value;
    for (const Sample& sample : window.samples) {
        best = sample.value < best || std::isnan(best) ? sample.value : best;
    }
    return best;
}

std::optional<double> count(const Window& window) {
    return static_cast<double>(window.samples.size());
}

std::optional<double> first(const Window& window) {
    return window.samples.front().value;
}

std::optional<double> last(const Window& window) {
    return window.samples.back().value;
}

std::optional<double> present(const Window&) {
    return 1.0;
}

}  // namespace over_range
}  // namespace tided::metrics::promql
