#include "policy/learned_curve.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace tided::policy {

namespace {

constexpr double points_per_octave = 8.0;
constexpr double longest_memory = 60.0;  // readings in one mean
constexpr Duration half_life = std::chrono::hours{6};
constexpr double lightest = 0.05;  // what weighs less is forgotten
constexpr double counts_from = 1.0;
constexpr int grid_size = 24;

/// Sums of the normal equations for latency = base + slope * x.
struct Sums {
    double w = 0.0;
    double x = 0.0;
    double y = 0.0;
    double xx = 0.0;
    double xy = 0.0;
};

double stretched(double load, double limit) {
    return load / (1.0 - load / limit);
}

/// The straight line for one limit; limit 0 when it would fall.
Fit line_for(std::span<const LearnedPoint> points, double limit) {
    Sums sums;
    for (const LearnedPoint& point : points) {
        const double weight = point.weight / (point.latency * point.latency);
        const double x = stretched(point.load, limit);
        sums.w += weight;
        sums.x += weight * x;
        sums.y += weight * point.latency;
        sums.xx += weight * x * x;
        sums.xy += weight * x * point.latency;
    }
    const double spread = sums.w * sums.xx - sums.x * sums.x;
    double slope = (sums.w * sums.xy - sums.x * sums.y) / spread;
    double base = (sums.y - slope * sums.x) / sums.w;
    if (base < 0.0) {
        base = 0.0;
        slope = sums.xy / sums.xx;
    }
    const bool rises = std::isfinite(slope) && std::isfinite(base) && slope > 0.0;
    return {.base = base, .slope = slope, .limit = rises ? limit : 0.0};
}

double error_of(const Fit& fit, std::span<const LearnedPoint> points) {
    double sum = 0.0;
    double weights = 0.0;
    for (const LearnedPoint& point : points) {
        const double off = (fit.latency_at(point.load) - point.latency) / point.latency;
        sum += point.weight * off * off;
        weights += point.weight;
    }
    return std::sqrt(sum / weights);
}

void fade(LearnedCurve& curve, Duration passed) {
    const double share = std::exp2(-to_seconds(passed) / to_seconds(half_life));
    for (LearnedPoint& point : curve.points) {
        point.weight *= share;
    }
    std::erase_if(curve.points, [](const LearnedPoint& point) { return point.weight < lightest; });
}

double slot_of(double load) {
    return std::floor(std::log2(load) * points_per_octave);
}

void take_in(LearnedPoint& mean, const LearnedPoint& seen) {
    mean.weight = std::min(mean.weight + 1.0, longest_memory);
    mean.load += (seen.load - mean.load) / mean.weight;
    mean.latency += (seen.latency - mean.latency) / mean.weight;
}

void join(std::vector<LearnedPoint>& points, const LearnedPoint& seen) {
    points.reserve(most_points);
    const double slot = slot_of(seen.load);
    const auto same = std::ranges::find_if(
        points, [&](const LearnedPoint& point) { return slot_of(point.load) == slot; });
    if (same != points.end()) {
        take_in(*same, seen);
        return;
    }
    if (points.size() == most_points) {
        points.erase(std::ranges::min_element(points, {}, &LearnedPoint::weight));
    }
    const auto place = std::ranges::lower_bound(points, seen.load, {}, &LearnedPoint::load);
    points.insert(place, {.load = seen.load, .latency = seen.latency, .weight = 1.0});
}

}  // namespace

double Fit::latency_at(double load) const {
    return base + slope * stretched(load, limit);
}

double Fit::load_at(double objective) const {
    const double room = objective - base;
    return limit > 0.0 && room > 0.0 ? room / (slope + room / limit) : 0.0;
}

Fit fitted(std::span<const LearnedPoint> points) {
    Fit best{.error = std::numeric_limits<double>::infinity()};
    for (const LearnedPoint& point : points) {
        best.largest = std::max(best.largest, point.load);
        best.points += point.weight >= counts_from ? 1U : 0U;
    }
    if (best.points < fewest_points) {
        return best;
    }
    double beyond = 0.05;
    for (int i = 0; i < grid_size; ++i) {
        Fit fit = line_for(points, best.largest * (1.0 + beyond));
        fit.error = fit.limit > 0.0 ? error_of(fit, points) : best.error;
        if (fit.limit > 0.0 && fit.error < best.error) {
            fit.largest = best.largest;
            fit.points = best.points;
            best = fit;
        }
        beyond *= 1.35;
    }
    return best;
}

void learn(LearnedCurve& curve, LearnedPoint seen, TimePoint at) {
    if (curve.last.weight > 0.0 && at > curve.at) {
        join(curve.points, curve.last);
        fade(curve, at - curve.at);
    }
    seen.weight = 1.0;
    curve.last = seen;
    curve.at = std::max(curve.at, at);
}

}  // namespace tided::policy
