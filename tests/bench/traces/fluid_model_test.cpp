#include "tests/bench/traces/fluid_model.h"

#include <algorithm>
#include <vector>

#include <doctest/doctest.h>

#include "tests/bench/traces/oracle.h"
#include "tests/bench/traces/trace.h"

namespace {

using namespace tided;
using namespace tided::bench;
using namespace std::chrono_literals;

using Counts = std::vector<std::int32_t>;

/// Wishes in the order of the steps, from the first that is asked for.
Controller scripted(Counts wishes) {
    return [wishes, next = std::size_t{0}](const Sight&) mutable {
        return Replicas{wishes[std::min(next++, wishes.size() - 1)]};
    };
}

TEST_CASE("trace: interpolated every 15 s, the sample of rank 0.999 n is 51 units") {
    const Trace trace{.seconds = {100, 130, 160}, .values = {0, 10, 20}};
    CHECK(load_curve(trace) == std::vector<double>{0, 12.75, 25.5, 38.25, 51});
}

TEST_CASE("trace: days are counted from the first sample, the last one is excluded") {
    const Trace trace{.seconds = {50, 86'450, 172'850}, .values = {1, 2, 3}};
    CHECK(sliced(trace, {1, 2}).values == std::vector<double>{2});
    CHECK(sliced(trace, {}).values == std::vector<double>{1, 2, 3});
}

TEST_CASE("demand: replicas at 85 % of use, two at least") {
    CHECK(demand(0.0) == 2);
    CHECK(demand(1.7) == 2);
    CHECK(demand(1.71) == 3);
    CHECK(demand(51.0) == 60);
}

TEST_CASE("fluid model: paid from the step that asks, serving after the delay, not before step 4") {
    const std::vector<double> load(8, 1.0);
    const Course course = play(load, 30s, scripted({5}));
    CHECK(course.paid == Counts{2, 2, 2, 2, 5, 5, 5, 5});
    CHECK(course.supply == Counts{2, 2, 2, 2, 2, 2, 5, 5});
}

TEST_CASE("fluid model: removal is at once, the youngest starting ones first") {
    const std::vector<double> load(9, 1.0);
    const Course course = play(load, 45s, scripted({4, 7, 5, 3, 2}));
    CHECK(course.paid == Counts{2, 2, 2, 2, 4, 7, 5, 3, 2});
    CHECK(course.supply == Counts{2, 2, 2, 2, 2, 2, 2, 3, 2});
}

TEST_CASE("fluid model: wishes are held to 2..600") {
    const std::vector<double> load(6, 1.0);
    CHECK(play(load, 15s, scripted({0})).paid == Counts(6, 2));
    CHECK(play(load, 15s, scripted({700})).paid == Counts{2, 2, 2, 2, 600, 600});
}

TEST_CASE("fluid model: a controller sees the samples of 60, 45 and 30 s ago") {
    const std::vector<double> load{1, 2, 3, 4, 5, 6};
    std::vector<double> seen;
    const Course course = play(load, 15s, [&](const Sight& sight) {
        for (const Sample& sample : sight.samples) {
            seen.push_back(sample.load);
        }
        CHECK(sight.now.time_since_epoch() == (seen.size() / 3 + 3) * step);
        return sight.observed.replicas;
    });
    CHECK(seen == std::vector<double>{1, 2, 3, 2, 3, 4});
    CHECK(course.paid == Counts(6, 2));
}

TEST_CASE("oracle: who serves a peak after the delay exists a delay earlier") {
    const std::vector<double> load{1, 1, 1, 3.4, 1, 1, 2.5, 1};
    CHECK(oracle(load, 30s) == Counts{2, 4, 4, 4, 3, 3, 3, 2});
    CHECK(oracle(load, 15s) == Counts{2, 2, 4, 4, 2, 3, 3, 2});
}

TEST_CASE("scores: violation by load, loss beyond supply, cost of the oracle's") {
    const std::vector<double> load{1.0, 1.0, 4.0, 4.0};  // demand 2 2 5 5, oracle at 15 s 2 5 5 5
    const Course course{.supply = {2, 3, 3, 5}, .paid = {2, 5, 5, 5}};
    const Scores scores = score(load, course, oracle(load, 15s));
    CHECK(scores.violation == doctest::Approx(40.0));
    CHECK(scores.lost == doctest::Approx(10.0));
    CHECK(scores.cost == doctest::Approx(1.0));
    CHECK(scores.theta_under == doctest::Approx(10.0));
    CHECK(scores.theta_over == doctest::Approx(12.5));
    CHECK(scores.tau_under == doctest::Approx(25.0));
    CHECK(scores.tau_over == doctest::Approx(25.0));
    CHECK(scores.upsilon == doctest::Approx(100.0));
    CHECK(scores.actions_a_day == doctest::Approx(steps_per_day / 4));
}

TEST_CASE("scores: the oracle's own course is never in violation and costs 1") {
    const std::vector<double> load{1, 1, 1, 1, 1, 1, 1, 9, 9, 1, 1};
    const Counts needed = oracle(load, 30s);
    const Course course = play(load, 30s, scripted({needed.begin() + 4, needed.end()}));
    const Scores scores = score(load, course, needed);
    CHECK(scores.violation == 0.0);
    CHECK(scores.cost == 1.0);
}

}  // namespace
