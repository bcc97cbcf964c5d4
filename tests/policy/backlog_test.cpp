// Backlog: shares, draining in time, what a replica can do, and what is not known.
#include "policy/backlog.h"

#include <array>
#include <limits>

#include <doctest/doctest.h>

#include "tests/support/policy_words.h"
#include "tests/support/strategy_rig.h"

using namespace tided;
using namespace tided::policy;
using namespace std::chrono_literals;

namespace {

constexpr std::uint8_t done = 0;
constexpr std::uint8_t coming = 1;
const Reading missing = Reading::absent(Absence::source_failed);

/// Drains within 100 s; readings are those of done and coming.
StrategyRig draining(std::int32_t replicas, const Reading& rate, const Reading& arrivals) {
    StrategyRig rig{Backlog{.drain_within = 100s, .rate = done, .arrivals = coming}, replicas};
    rig.readings = {rate, arrivals};
    return rig;
}

}  // namespace

TEST_CASE("backlog: per_replica shares what waits, with the tolerance round what is present") {
    struct Row {
        double waiting;
        std::int32_t count;
    };
    const std::array<Row, 6> rows{
        {{0.0, 0}, {1.0, 1}, {216.0, 4}, {264.0, 4}, {265.0, 5}, {1200.0, 20}}};
    for (const Row& row : rows) {
        INFO(row.waiting);
        CHECK(StrategyRig{Backlog{.per_replica = 60.0}, 4}.count(row.waiting) == row.count);
    }
    CHECK(StrategyRig{Backlog{.per_replica = 60.0}, 4}.count(-5.0) == 0);
    CHECK(StrategyRig{Backlog{.per_replica = 60.0}, 0}.count(61.0) == 2);
}

TEST_CASE("backlog: what comes and a share of what waits, by the rate of a busy replica") {
    struct Row {
        const char* name;
        double waiting;
        double arrivals;
        std::int32_t count;
    };
    // 5 replicas do 20 a second: 4 each.
    const std::array<Row, 6> rows{{{"draining alone", 1200.0, 0.0, 3},
                                   {"and arriving", 1200.0, 30.0, 11},
                                   {"steady: as much comes as is done", 10.0, 20.0, 5},
                                   {"few wait, much comes", 5.0, 60.0, 16},
                                   {"nothing at all", 0.0, 0.0, 0},
                                   {"a negative backlog is none", -10.0, 0.0, 0}}};
    for (const Row& row : rows) {
        INFO(row.name);
        CHECK(draining(5, fresh(20.0), fresh(row.arrivals)).count(row.waiting) == row.count);
    }
}

TEST_CASE("backlog: only the ready ones have processed") {
    StrategyRig rig = draining(10, fresh(20.0), fresh(0.0));
    rig.observed.ready = {5};
    CHECK(rig.count(4'000.0) == 10);
    rig.observed.ready = {10};
    CHECK(rig.count(4'000.0) == 20);
}

TEST_CASE("backlog: replicas that may be idle can do at least what is said of them") {
    StrategyRig rig{
        Backlog{.drain_within = 100s, .rate_per_replica = 4.0, .rate = done, .arrivals = coming},
        10};
    rig.readings = {fresh(4.0), fresh(4.0)};
    CHECK(rig.count(0.0) == 1);    // 0.4 each was measured, for nothing waits
    CHECK(rig.count(10.0) == 10);  // all are busy: 0.4 each is what they can do
    rig.readings = {fresh(100.0), fresh(100.0)};
    CHECK(rig.count(0.0) == 10);  // more than was said
}

TEST_CASE("backlog: nothing processed or none ready falls back, or cannot be judged") {
    StrategyRig rig = draining(5, fresh(0.0), fresh(0.0));
    CHECK(rig.ask(1200.0) == std::nullopt);
    rig.observed.ready = {0};
    rig.readings[done] = fresh(20.0);
    CHECK(rig.ask(1200.0) == std::nullopt);
    std::get<Backlog>(rig.metric.rule).per_replica = 60.0;
    CHECK(rig.count(1200.0) == 20);
    std::get<Backlog>(rig.metric.rule).rate_per_replica = 4.0;
    CHECK(rig.count(1200.0) == 3);
}

TEST_CASE("backlog: an unknown rate or flow makes the proposal unsure") {
    CHECK(draining(5, fresh(20.0), missing).ask(1200.0)->unsure_of == coming);
    CHECK(draining(5, fresh(20.0), fresh(1.0)).ask(1200.0)->unsure_of == no_metric);
    StrategyRig rig = draining(5, missing, fresh(30.0));
    std::get<Backlog>(rig.metric.rule).rate_per_replica = 4.0;
    CHECK(rig.ask(1200.0)->unsure_of == done);
    CHECK(rig.count(1200.0) == 11);
}

TEST_CASE(
    "backlog: more waiting or arriving never means fewer, across the edge of being busy too") {
    StrategyRig rig{
        Backlog{.drain_within = 100s, .rate_per_replica = 4.0, .rate = done, .arrivals = coming},
        10};
    for (const double rate : {0.0, 4.0, 40.0, 80.0}) {
        std::int32_t before = 0;
        for (double waiting = 0.0; waiting < 2'000.0; waiting += 2.5) {
            rig.readings = {fresh(rate), fresh(5.0)};
            const std::int32_t count = rig.count(waiting);
            CHECK(count >= before);
            before = count;
            rig.readings[coming] = fresh(7.5);
            CHECK(rig.count(waiting) >= count);
        }
    }
}

TEST_CASE("backlog: ramp up, noise, ramp down and a gap, as a policy, in words") {
    PolicyRig rig{web_policy(), 5};
    rig.spec.metrics = {
        {.name = "queue", .rule = Backlog{.drain_within = 5min, .rate = 1, .arrivals = 2}},
        {.name = "done", .rule = Input{}},
        {.name = "coming", .rule = Input{}}};
    CHECK(rig.explain(rig.decide({fresh(1200.0), fresh(20.0), fresh(30.0)})) ==
          "web: 5 -> 9 because queue is 1200 (drained within 5m at 4/s each, 30/s arriving)");
    CHECK(rig.explain(rig.decide({fresh(5.0), fresh(20.0), fresh(20.0)})) ==
          "web: stays at 5 because queue is 5 (drained within 5m at 4/s each, 20/s arriving)");
    CHECK(rig.decide({fresh(30.0), fresh(20.0), fresh(21.0)}).desired == Replicas{5});  // noise
    CHECK(rig.explain(rig.decide({fresh(1200.0), fresh(20.0), missing})) ==
          "web: stays at 5 because queue is 1200 (drained within 5m at 4/s each, 0/s arriving) "
          "without "
          "coming, which has no usable value (its source fails)");
    CHECK(
        rig.explain(rig.decide({fresh(1200.0), fresh(0.0), fresh(1.0)})) ==
        "web: stays at 5 because queue is 1200, but no rate of a replica is known to judge it by");
    CHECK(rig.explain(rig.decide({missing, fresh(20.0), fresh(1.0)})) ==
          "web: stays at 5 because queue has no value (its source fails)");
    rig.spec.behavior.down.stabilization = 0s;
    CHECK(
        rig.explain(rig.decide({fresh(0.0), fresh(20.0), fresh(0.0)})) ==
        "web: 5 -> 1 because queue is 0 (nothing waits, nothing comes); not 0 because the minimum "
        "is 1");
    rig.spec.metrics[0].rule = Backlog{.per_replica = 60.0};
    CHECK(rig.explain(rig.decide({fresh(500.0), fresh(0.0), fresh(0.0)})) ==
          "web: 5 -> 9 because queue is 500 (60 each)");
}

TEST_CASE("backlog: a flow that is fresh but no number is not known") {
    const Reading no_number = fresh(std::numeric_limits<double>::quiet_NaN());
    CHECK(draining(5, fresh(20.0), no_number).ask(1'200.0)->unsure_of == coming);
    CHECK(draining(5, fresh(20.0), no_number).count(1'200.0) == 3);
    CHECK(draining(5, no_number, fresh(0.0)).ask(1'200.0) == std::nullopt);
}

TEST_CASE("backlog: at 0 nothing can be known of a replica, so what waits or comes wakes one") {
    PolicyRig rig{web_policy(), 0};
    rig.spec.min = {0};
    rig.spec.metrics = {
        {.name = "queue", .rule = Backlog{.drain_within = 5min, .rate = 1, .arrivals = 2}},
        {.name = "done", .rule = Input{}},
        {.name = "coming", .rule = Input{}}};
    CHECK(rig.explain(rig.decide({fresh(1'000.0), fresh(0.0), fresh(50.0)})) ==
          "web: 0 -> 1 because queue is 1000 (no rate of a replica is known yet, so one is tried)");
    CHECK(rig.explain(rig.decide({fresh(1'000.0), missing, fresh(0.0)})) ==
          "web: 0 -> 1 because queue is 1000 (no rate of a replica is known yet, so one is tried) "
          "without done, which has no usable value (its source fails)");
    CHECK(rig.decide({fresh(0.0), fresh(0.0), fresh(50.0)}).desired == Replicas{1});
    CHECK(rig.decide({fresh(0.0), fresh(0.0), fresh(0.0)}).desired == Replicas{0});
    rig.spec.min = {3};
    rig.spec.idle = Replicas{0};
    CHECK(rig.explain(rig.decide({fresh(1'000.0), fresh(0.0), fresh(0.0)})) ==
          "web: 0 -> 3 because queue is 1000 (no rate of a replica is known yet, so one is tried; "
          "awake, so at least 3)");
}
