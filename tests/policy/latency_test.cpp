// Latency: the curve given, the curve learned, and what is done without one.
#include "policy/latency.h"

#include <limits>

#include <doctest/doctest.h>

#include "policy/learned_curve.h"
#include "tests/support/policy_words.h"
#include "tests/support/strategy_rig.h"

using namespace tided;
using namespace tided::policy;
using namespace std::chrono_literals;

namespace {

const Latency by_curve{
    .objective = 0.25, .load = 0, .curve = {{10.0, 0.05}, {50.0, 0.15}, {100.0, 0.35}}};
const Latency learning{.objective = 0.25, .load = 0};
const Reading missing = Reading::absent(Absence::source_failed);

StrategyRig rig_of(const Latency& rule, std::int32_t replicas, double load) {
    StrategyRig rig{rule, replicas};
    rig.readings = {fresh(load)};
    return rig;
}

/// Each replica takes 0.05 s, and never more than 120 a second.
double latency_of(double load_each) {
    return 0.05 + 0.001 * load_each / (1.0 - std::min(load_each, 119.0) / 120.0);
}

PolicyRig policy_of(const Latency& rule, std::int32_t replicas) {
    PolicyRig rig{web_policy(), replicas};
    Latency named = rule;
    named.load = 1;
    rig.spec.metrics = {{.name = "p99", .rule = named}, {.name = "rps", .rule = Input{}}};
    return rig;
}

/// One tick as the pool would show it under `rps`.
Decision live(PolicyRig& rig, double rps, Duration step = 15s) {
    const double each = rps / std::max(rig.observed.ready.count, 1);
    return rig.tick({latency_of(each), rps}, step);
}

}  // namespace

TEST_CASE("latency: a given curve is straight between its points, and ends at the last") {
    // 0.25 is met at 75 each.
    CHECK(rig_of(by_curve, 1, 750.0).count(0.1) == 10);
    CHECK(rig_of(by_curve, 1, 751.0).count(0.1) == 11);
    Latency rule = by_curve;
    rule.objective = 0.05;
    CHECK(rig_of(rule, 1, 750.0).count(0.1) == 75);
    rule.objective = 9.0;
    CHECK(rig_of(rule, 1, 750.0).count(0.1) == 8);
    rule.curve = {{10.0, 0.05}};
    CHECK(rig_of(rule, 1, 750.0).count(0.1) == 75);
}

TEST_CASE("latency: tolerance, zero load, and never fewer while the objective is missed") {
    CHECK(rig_of(by_curve, 10, 750.0 * 1.1).ask(0.2)->within_tolerance);
    CHECK(rig_of(by_curve, 10, 750.0 * 0.9).count(0.2) == 10);
    CHECK(rig_of(by_curve, 10, 750.0 * 0.89).count(0.2) == 9);
    CHECK(rig_of(by_curve, 10, 300.0).count(0.2) == 4);
    CHECK(rig_of(by_curve, 10, 300.0).count(0.26) == 10);
    CHECK(rig_of(by_curve, 10, 0.0).count(0.2) == 0);
    CHECK(rig_of(by_curve, 0, 300.0).count(0.0) == 4);
}

TEST_CASE("latency: without the load it may only raise, by the ratio") {
    StrategyRig rig = rig_of(by_curve, 10, 0.0);
    rig.readings = {missing};
    CHECK(rig.ask(0.5)->unsure_of == 0);
    CHECK(rig.count(0.5) == 20);
    CHECK(rig.ask(0.1)->unsure_of == 0);
    rig.observed = all_ready(0);
    CHECK(rig.ask(0.5) == std::nullopt);
}

TEST_CASE("latency: the ratio is bounded, up to twice, down to nine tenths and never below 1") {
    struct Row {
        std::int32_t replicas;
        double latency;
        std::int32_t count;
    };
    for (const Row& row : {Row{10, 0.25, 10},
                           Row{10, 0.274, 10},
                           Row{10, 0.30, 12},
                           Row{10, 9.0, 20},
                           Row{10, 0.01, 9},
                           Row{3, 0.01, 2},
                           Row{1, 0.01, 1},
                           Row{40, 0.01, 36},
                           Row{40, 0.22, 36},
                           Row{0, 0.01, 1}}) {
        INFO(row.replicas << " at " << row.latency);
        CHECK(rig_of(learning, row.replicas, 100.0).count(row.latency) == row.count);
    }
}

TEST_CASE("latency: ticks of 5 s without a curve make one bounded step a cool-down") {
    PolicyRig rig = policy_of(learning, 10);
    rig.spec.behavior.up.rates.clear();
    for (int second = 0; second < 60; second += 5) {
        CHECK(rig.tick({5.0, 900.0}, 5s).desired == Replicas{20});
    }
    CHECK(rig.tick({5.0, 900.0}, 5s).desired == Replicas{40});
}

TEST_CASE("latency: a curve is learned from what is seen, then followed") {
    PolicyRig rig = policy_of(learning, 10);
    rig.spec.min = {10};
    rig.spec.max = {10};
    for (int round = 0; round < 4; ++round) {
        for (double rps = 200.0; rps <= 900.0; rps += 50.0) {
            live(rig, rps);
        }
    }
    const Fit fit = fitted(rig.state.curves.at(0).points);
    CHECK(fit.error < 0.02);
    rig.spec.min = {1};
    rig.spec.max = {100};
    // latency_of(u) = 0.25 at u = 75.
    CHECK(live(rig, 1'480.0).wished->count == 20);
}

TEST_CASE("latency: nothing is learned while replicas start or a step is young") {
    PolicyRig rig = policy_of(learning, 10);
    rig.observed.ready = {8};
    live(rig, 900.0);
    CHECK(rig.state.curves.empty());
    rig.observed = all_ready(10);
    record_scale_event(rig.spec, rig.state, {9}, {10}, rig.now - 59s);
    live(rig, 900.0, 1s);
    CHECK(rig.state.curves.empty());
    live(rig, 900.0);
    CHECK(rig.state.curves.size() == 1);
}

TEST_CASE("latency: through ramp up, noise and ramp down the objective holds and nothing flaps") {
    PolicyRig rig = policy_of(by_curve, 2);
    std::int32_t turns = 0;
    Direction last = Direction::hold;
    for (int i = 0; i < 400; ++i) {
        const double ramp = i < 100   ? 100.0 + 10.0 * i
                            : i < 200 ? 1'100.0
                                      : 1'100.0 - 5.0 * (i - 200);
        const Decision decision = live(rig, ramp + (i % 3 - 1) * 20.0);
        const Direction now = decision.direction();
        turns += now != Direction::hold && last != Direction::hold && now != last ? 1 : 0;
        last = now == Direction::hold ? last : now;
    }
    CHECK(turns == 1);
    CHECK(rig.observed.replicas.count <= 3);
}

TEST_CASE("latency: a clock that jumps takes what was learned along") {
    PolicyRig rig = policy_of(learning, 10);
    live(rig, 900.0);
    const TimePoint at = rig.state.curves.at(0).at;
    rebase(rig.state, -1h);
    CHECK(rig.state.curves.at(0).at == at - 1h);
}

TEST_CASE("latency: in words") {
    PolicyRig rig = policy_of(by_curve, 4);
    CHECK(rig.explain(rig.decide({fresh(0.31), fresh(525.0)})) ==
          "web: 4 -> 7 because p99 is 0.31 (objective 0.25, met at 75 each by the curve given; rps "
          "is 525)");
    CHECK(
        rig.explain(rig.decide({fresh(0.31), missing})) ==
        "web: 4 -> 5 because p99 is 0.31 (objective 0.25, followed by its ratio: rps has no usable "
        "value) without rps, which has no usable value (its source fails)");
    rig.spec.metrics[0].rule = Latency{.objective = 0.25, .load = 1};
    CHECK(rig.explain(rig.decide({fresh(0.31), fresh(525.0)})) ==
          "web: 4 -> 5 because p99 is 0.31 (objective 0.25, followed by its ratio: 0 of 5 points "
          "learned)");
    rig.state.curves = {{.metric = "p99", .at = rig.now}};
    for (const double load : {20.0, 30.0, 40.0, 50.0, 60.0, 80.0}) {
        rig.state.curves[0].points.push_back(
            {.load = load, .latency = latency_of(load), .weight = 5.0});
    }
    CHECK(rig.explain(rig.decide({fresh(0.31), fresh(525.0)})) ==
          "web: 4 -> 7 because p99 is 0.31 (objective 0.25, met at 75.2 each by the curve learned, "
          "which errs by 0.776%; rps is 525)");
    rig.state.curves[0].points[2].latency = 3.0;
    CHECK(
        rig.explain(rig.decide({fresh(0.31), fresh(525.0)}))
            .starts_with("web: 4 -> 5 because p99 is 0.31 (objective 0.25, followed by its ratio: "
                         "the curve learned errs by "));
    rig.spec.behavior.down.stabilization = 0s;
    CHECK(
        rig.explain(rig.decide({fresh(0.0), fresh(0.0)})) ==
        "web: 4 -> 1 because p99 is 0 (objective 0.25, rps is 0); not 0 because the minimum is 1");
}

TEST_CASE("latency: a load that is fresh but no number is not known") {
    PolicyRig rig = policy_of(by_curve, 10);
    rig.spec.behavior.down.stabilization = 0s;
    for (const double load :
         {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
        CHECK(rig.explain(rig.decide({fresh(0.2), fresh(load)})) ==
              "web: stays at 10 because p99 is 0.2 (objective 0.25, followed by its ratio: rps has "
              "no usable value) without rps, which has no usable value (the value is not a finite "
              "number)");
    }
    rig = policy_of(learning, 10);
    rig.decide({fresh(0.2), fresh(std::numeric_limits<double>::infinity())});
    CHECK(rig.state.curves.empty());
}

TEST_CASE("latency: a pool at 0 has none, so its load wakes it") {
    for (const Absence absence : {Absence::no_series, Absence::not_a_number}) {
        const Reading none = Reading::absent(absence);
        PolicyRig rig = policy_of(by_curve, 0);
        rig.spec.min = {0};
        CHECK(rig.explain(rig.decide({none, fresh(300.0)})) ==
              "web: 0 -> 4 because p99 has no value (objective 0.25, met at 75 each by the curve "
              "given; rps is 300)");
        CHECK(rig.explain(rig.decide({none, fresh(0.0)})) ==
              "web: stays at 0 because p99 has no value (objective 0.25, rps is 0)");
        CHECK(rig.decide({none, missing}).desired == Replicas{0});
        CHECK(rig.decide({missing, fresh(300.0)}).desired == Replicas{0});
        rig = policy_of(learning, 0);
        rig.spec.min = {2};
        rig.spec.idle = Replicas{0};
        rig.spec.metrics[0].activate_above = 5.0;
        CHECK(
            rig.explain(rig.decide({none, fresh(300.0)})) ==
            "web: 0 -> 2 because p99 has no value (objective 0.25, rps is 300 and nothing runs, so "
            "one is tried; awake, so at least 2)");
        CHECK(rig.explain(rig.decide({none, fresh(3.0)})) ==
              "web: stays at 0 because p99 has no value (idle: 3 to do, not above 5)");
    }
}

TEST_CASE("latency: without traffic there is none, and a load of 0 proposes 0 all the same") {
    const Reading none = Reading::absent(Absence::not_a_number);
    PolicyRig rig = policy_of(by_curve, 10);
    rig.spec.behavior.down.stabilization = 0s;
    rig.spec.metrics[0].fallback = Fallback{.replicas = {30}, .after = 3min};
    CHECK(rig.explain(rig.decide({none, fresh(0.0)})) ==
          "web: 10 -> 1 because p99 has no value (objective 0.25, rps is 0); not 0 because the "
          "minimum is 1");
    rig.now += 10min;
    CHECK(rig.decide({none, fresh(0.0)}).desired == Replicas{1});
    rig.now += 15s;
    CHECK(rig.explain(rig.decide({none, fresh(300.0)})) ==
          "web: stays at 10 because p99 has no value (the value is not a finite number)");
    CHECK(rig.decide({none, missing}).desired == Replicas{10});
    CHECK(rig.decide({missing, fresh(0.0)}).desired == Replicas{10});
    Reading partial = fresh(0.0);
    partial.freshness = Freshness::partial;
    CHECK(rig.decide({none, partial}).desired == Replicas{10});
}
