// Learned curves: the fit finds the curve that made the points, says how far it errs, and what is
// remembered stays small and fades.
#include "policy/learned_curve.h"

#include <algorithm>
#include <cmath>

#include <doctest/doctest.h>

#include "tests/support/policy_words.h"

using namespace tided;
using namespace tided::policy;
using namespace std::chrono_literals;

namespace {

const TimePoint start = from_unix_seconds(1'763'798'400);

/// A queue that takes 10 ms, and up to 100 requests a second.
double queue_latency(double load) {
    return 0.010 + 0.0001 * load / (1.0 - load / 100.0);
}

LearnedCurve curve_over(double from, double to, double (*latency)(double)) {
    LearnedCurve curve{.metric = "p99"};
    TimePoint at = start;
    for (int round = 0; round < 3; ++round) {
        for (double load = from; load <= to; load += (to - from) / 20.0) {
            learn(curve, {.load = load, .latency = latency(load)}, at);
            at += 5s;
        }
    }
    return curve;
}

}  // namespace

TEST_CASE("fit: the curve that made the points, and where it meets an objective") {
    const LearnedCurve curve = curve_over(20.0, 80.0, &queue_latency);
    const Fit fit = fitted(curve.points);
    CHECK(fit.error < 0.01);
    CHECK(fit.largest == doctest::Approx(80.0).epsilon(0.05));
    for (const double load : {30.0, 50.0, 70.0}) {
        CHECK(fit.latency_at(load) == doctest::Approx(queue_latency(load)).epsilon(0.02));
        CHECK(fit.load_at(queue_latency(load)) == doctest::Approx(load).epsilon(0.05));
    }
    CHECK(fit.load_at(0.009) == 0.0);
}

TEST_CASE("fit: a shape that is not a queue's has an error that says so") {
    const auto falling = [](double load) { return 1.0 / load; };
    const Fit never = fitted(curve_over(20.0, 80.0, falling).points);
    CHECK(never.limit == 0.0);
    CHECK(std::isinf(never.error));

    const auto jumping = [](double load) { return load < 50.0 ? 0.01 : 0.5; };
    CHECK(fitted(curve_over(20.0, 80.0, jumping).points).error > 0.2);

    const auto wild = [](double load) { return static_cast<int>(load) % 2 == 0 ? 0.01 : 0.1; };
    CHECK(fitted(curve_over(20.0, 80.0, wild).points).error > 0.2);
}

TEST_CASE("fit: fewer than five points make none") {
    const LearnedCurve curve = curve_over(50.0, 60.0, &queue_latency);
    CHECK(curve.points.size() < fewest_points);
    CHECK(fitted(curve.points).limit == 0.0);
    CHECK(fitted({}).points == 0);
}

TEST_CASE("learn: an observation joins the points when a later one comes") {
    LearnedCurve curve{.metric = "p99"};
    learn(curve, {.load = 50.0, .latency = 0.02}, start);
    learn(curve, {.load = 50.0, .latency = 0.02}, start);
    CHECK(curve.points.empty());
    learn(curve, {.load = 50.0, .latency = 0.04}, start + 5s);
    REQUIRE(curve.points.size() == 1);
    CHECK(curve.points[0].latency == 0.02);
    learn(curve, {.load = 50.0, .latency = 0.04}, start + 10s);
    REQUIRE(curve.points.size() == 1);
    CHECK(curve.points[0].latency == doctest::Approx(0.03));
}

TEST_CASE("learn: a point follows the last readings of about a minute's worth") {
    LearnedCurve curve{.metric = "p99"};
    for (int i = 0; i < 1'000; ++i) {
        learn(curve, {.load = 50.0, .latency = i < 600 ? 0.02 : 0.06}, start + i * 5s);
    }
    CHECK(curve.points.at(0).latency == doctest::Approx(0.06).epsilon(0.01));
    CHECK(curve.points.at(0).weight < 60.1);
}

TEST_CASE("learn: points are few whatever the load, in order, and old ones go") {
    LearnedCurve curve{.metric = "p99"};
    TimePoint at = start;
    for (double load = 0.001; load < 1e6; load *= 1.05) {
        learn(curve, {.load = load, .latency = 0.01}, at);
        at += 5s;
        CHECK(curve.points.size() <= most_points);
        CHECK(std::ranges::is_sorted(curve.points, {}, &LearnedPoint::load));
    }
    CHECK(curve.points.size() == most_points);
    learn(curve, {.load = 1.0, .latency = 0.01}, at + 48h);
    CHECK(curve.points.empty());
}
