// Activation: what wakes a pool, what sends it to idle, and that min and idle do not fight.
#include "policy/activation.h"

#include <doctest/doctest.h>

#include "tests/support/policy_words.h"
#include "tests/support/strategy_rig.h"

using namespace tided;
using namespace tided::policy;
using namespace std::chrono_literals;

namespace {

/// rps at 100 each, waking the pool above 5.
PolicyRig guarded(std::int32_t replicas) {
    PolicyRig rig{web_policy(), replicas};
    rig.spec.min = {0};
    rig.spec.metrics[0].activate_above = 5.0;
    return rig;
}

/// The same with an idle count, between 3 and 20 while awake.
PolicyRig sleeping(std::int32_t idle, std::int32_t replicas) {
    PolicyRig rig = guarded(replicas);
    rig.spec.min = {3};
    rig.spec.max = {20};
    rig.spec.idle = Replicas{idle};
    return rig;
}

const Reading missing = Reading::absent(Absence::source_failed);

}  // namespace

TEST_CASE("activation: a pool at 0 wakes only above the threshold") {
    PolicyRig rig = guarded(0);
    CHECK(rig.decide({fresh(5.0)}).desired == Replicas{0});
    CHECK(rig.decide({fresh(5.1)}).desired == Replicas{1});
    CHECK(rig.decide({fresh(350.0)}).desired == Replicas{4});
    CHECK(rig.explain(rig.decide({fresh(3.0)})) ==
          "web: stays at 0 because rps is 3 (idle: not above 5)");
}

TEST_CASE("activation: awake, the threshold asks for at least 1 whatever the strategy says") {
    PolicyRig rig = guarded(0);
    rig.spec.metrics[0].rule = Threshold{.above = 80.0, .add = {.amount = 2}};
    CHECK(rig.decide({fresh(10.0)}).desired == Replicas{1});
}

TEST_CASE("activation: without idle it says nothing once there are replicas") {
    PolicyRig rig = guarded(1);
    CHECK(rig.decide({fresh(3.0)}).wished == Replicas{1});
    CHECK(rig.decide({fresh(0.0)}).wished == Replicas{0});
}

TEST_CASE("activation: what wakes a pool keeps it awake, though the strategy asks for 0") {
    PolicyRig rig = guarded(0);
    rig.spec.metrics[0].rule = Threshold{.above = 80.0, .below = 20.0, .remove = {.amount = -1}};
    rig.spec.behavior.down.stabilization = 0s;
    CHECK(rig.tick({10.0}, 5min).desired == Replicas{1});
    for (int i = 0; i < 10; ++i) {
        CHECK(rig.tick({10.0}, 5min).direction() == Direction::hold);
    }
    CHECK(rig.explain(rig.decide({fresh(10.0)})) ==
          "web: stays at 1 because rps is 10 (below 20: 1 fewer; awake, so at least 1)");
    CHECK(rig.tick({5.0}).desired == Replicas{0});
}

TEST_CASE("idle: the pool goes there instead of to min, after the window, and comes back to min") {
    for (const std::int32_t idle : {0, 1, 3}) {
        INFO("idle " << idle);
        PolicyRig rig = sleeping(idle, 8);
        CHECK(rig.tick({300.0}, 5min).desired == Replicas{8});
        CHECK(rig.tick({300.0}, 1min).desired == Replicas{3});
        CHECK(rig.tick({2.0}, 4min).desired == Replicas{3});
        CHECK(rig.tick({2.0}).desired == Replicas{idle});
        CHECK(rig.tick({5.0}).desired == Replicas{idle});
        CHECK(rig.tick({6.0}).desired == Replicas{3});
        CHECK(rig.tick({0.0}).desired == Replicas{3});
    }
}

TEST_CASE("idle: at rest on either side nothing oscillates") {
    PolicyRig rig = sleeping(1, 1);
    for (int i = 0; i < 50; ++i) {
        CHECK(rig.tick({4.0}).direction() == Direction::hold);
    }
    rig = sleeping(1, 3);
    for (int i = 0; i < 50; ++i) {
        CHECK(rig.tick({50.0}).direction() == Direction::hold);
    }
}

TEST_CASE("idle: flicker round the threshold keeps the pool awake for the window") {
    PolicyRig rig = sleeping(1, 3);
    for (int i = 0; i < 100; ++i) {
        CHECK(rig.tick({i % 10 == 0 ? 6.0 : 4.0}).desired == Replicas{3});
    }
}

TEST_CASE("idle: one metric above its threshold is enough, one unknown holds") {
    PolicyRig rig = sleeping(1, 3);
    rig.spec.behavior.down.stabilization = 0s;
    rig.spec.metrics.push_back({.name = "queue", .rule = Backlog{.per_replica = 10.0}});
    CHECK(rig.decide({fresh(2.0), fresh(0.5)}).desired == Replicas{3});
    CHECK(rig.decide({fresh(2.0), fresh(0.0)}).desired == Replicas{1});
    CHECK(rig.decide({fresh(2.0), missing}).desired == Replicas{3});
    rig.observed = all_ready(1);
    CHECK(rig.decide({fresh(2.0), missing}).desired == Replicas{1});
    CHECK(rig.decide({fresh(6.0), missing}).desired == Replicas{3});
    CHECK(rig.decide({missing, missing}).desired == Replicas{1});
}

TEST_CASE("idle: rates delay the way down, never the way up to min") {
    PolicyRig rig = sleeping(0, 10);
    rig.spec.min = {10};
    rig.spec.behavior.down = {.rates = {{RateKind::pods, 4, 15s}}};
    rig.spec.behavior.up.rates = {{RateKind::pods, 1, 15s}};
    CHECK(rig.tick({0.0}).desired == Replicas{6});
    CHECK(rig.tick({0.0}).desired == Replicas{2});
    CHECK(rig.decide({missing}).desired == Replicas{2});
    CHECK(rig.tick({0.0}).desired == Replicas{0});
    CHECK(rig.tick({1'500.0}).desired == Replicas{10});
    CHECK(rig.tick({1'500.0}).desired == Replicas{11});
}

TEST_CASE("idle: outside of idle and max the count is corrected at once") {
    PolicyRig rig = sleeping(2, 1);
    CHECK(rig.decide({missing}).desired == Replicas{2});
    rig.observed = all_ready(25);
    CHECK(rig.decide({missing}).desired == Replicas{20});
}

TEST_CASE("idle: a backlog worked off as it comes is not idle, nor is a latency under load") {
    PolicyRig rig = sleeping(0, 3);
    rig.spec.behavior.down.stabilization = 0s;
    rig.spec.metrics = {
        {.name = "queue",
         .rule = Backlog{.drain_within = 10s, .rate_per_replica = 5.0, .arrivals = 1}},
        {.name = "coming", .rule = Input{}},
        {.name = "p99",
         .rule = Latency{.objective = 1.0, .load = 1, .curve = {{5.0, 0.5}}},
         .activate_above = 2.0}};
    CHECK(rig.decide({fresh(0.0), fresh(2.0), fresh(0.1)}).desired == Replicas{3});
    CHECK(rig.decide({fresh(0.0), fresh(0.0), fresh(0.1)}).desired == Replicas{0});
    CHECK(rig.decide({fresh(0.0), missing, fresh(0.1)}).desired == Replicas{3});
    CHECK(reasons(rig.decide({fresh(0.0), fresh(1.0), fresh(0.1)}), rig.spec).at(1) ==
          "p99 is 0.1 (idle: 1 to do, not above 2) and proposes 0");
}

TEST_CASE("idle: in words") {
    PolicyRig rig = sleeping(1, 3);
    rig.spec.behavior.down.stabilization = 0s;
    CHECK(rig.explain(rig.decide({fresh(2.0)})) ==
          "web: 3 -> 1 because rps is 2 (idle: not above 5)");
    rig.observed = all_ready(1);
    CHECK(rig.explain(rig.decide({fresh(120.0)})) ==
          "web: 1 -> 3 because rps is 120 (target 100 each; awake, so at least 3)");
}

TEST_CASE("idle: who is unsure of it says so in the words of activation, whatever the rule") {
    PolicyRig rig = sleeping(0, 4);
    Reading partial = fresh(3.0);
    partial.freshness = Freshness::partial;
    rig.spec.metrics = {
        {.name = "queue", .rule = Backlog{.drain_within = 60s, .rate = 1}, .activate_above = 5.0},
        {.name = "done", .rule = Input{}}};
    CHECK(
        rig.explain(rig.decide({fresh(0.0), missing})) ==
        "web: stays at 4 because queue is 0 (idle: not above 5) without done, which has no usable "
        "value (its source fails)");
    rig.spec.metrics = {{.name = "rps", .rule = Capacity{.amount = 100.0}, .activate_above = 5.0}};
    CHECK(rig.explain(rig.decide({partial})) ==
          "web: stays at 4 because rps is 3 (idle: not above 5) without the targets that do not "
          "answer");
    rig.spec.metrics = {{.name = "p99",
                         .rule = Latency{.objective = 1.0, .load = 1, .curve = {{5.0, 0.5}}},
                         .activate_above = 5.0},
                        {.name = "rps", .rule = Input{}}};
    CHECK(rig.explain(rig.decide({fresh(0.5), partial})) ==
          "web: stays at 4 because p99 is 0.5 (idle: 3 to do, not above 5) without the targets of "
          "rps that do not answer");
}

TEST_CASE("idle: what comes, or what there is to do, is not known: nothing idles, nothing wakes") {
    PolicyRig rig = sleeping(0, 4);
    rig.spec.behavior.down.stabilization = 0s;
    rig.spec.metrics = {{.name = "queue",
                         .rule = Backlog{.drain_within = 60s, .rate = 1, .arrivals = 2},
                         .activate_above = 5.0},
                        {.name = "done", .rule = Input{}},
                        {.name = "coming", .rule = Input{}}};
    CHECK(
        rig.explain(rig.decide({fresh(3.0), missing, missing})) ==
        "web: stays at 4 because queue is 3 (idle: not above 5) without done, which has no usable "
        "value (its source fails)");
    CHECK(rig.explain(rig.decide({fresh(3.0), fresh(0.0), missing})) ==
          "web: stays at 4 because queue is 3 (idle: not above 5) without coming, which has no "
          "usable value (its source fails)");
    rig.spec.metrics = {
        {.name = "p99_ms", .rule = Latency{.objective = 500.0, .load = 1}, .activate_above = 5.0},
        {.name = "rps", .rule = Input{}}};
    rig.observed = all_ready(1);  // on its way to 0
    CHECK(rig.explain(rig.decide({fresh(250.0), missing})) ==
          "web: stays at 1 because p99_ms is 250 (objective 500, followed by its ratio: rps has no "
          "usable value) without rps, which has no usable value (its source fails)");
}
