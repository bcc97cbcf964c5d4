// Undo: steps up that make it worse are taken back once, and held back for a while.
#include "policy/undo.h"

#include <doctest/doctest.h>

#include "tests/support/policy_rig.h"

using namespace tided;
using namespace tided::policy;
using namespace std::chrono_literals;

namespace {

/// A latency held at 100 ms, one tick a minute; steps take effect at once.
PolicyRig latency_policy() {
    PolicySpec spec{.name = "api",
                    .min = {1},
                    .max = {100},
                    .metrics = {{.name = "latency",
                                 .rule = Target{.kind = TargetKind::value, .amount = 100.0}}}};
    spec.behavior.down.stabilization = 0s;
    spec.behavior.up.rates = {{RateKind::pods, 2, 1min}};
    spec.guards.undo = UndoRule{.worse_by = Ratio{0.2}, .within = 5min, .hold = 30min};
    return PolicyRig{spec, 4};
}

}  // namespace

TEST_CASE("undo: what gets worse for the stated time goes back to where the steps began, once") {
    PolicyRig rig = latency_policy();
    CHECK(rig.tick({150.0}, 1min).desired.count == 6);
    CHECK(rig.tick({190.0}, 1min).desired.count == 8);  // worse from here on
    CHECK(rig.tick({200.0}, 1min).desired.count == 10);
    CHECK(rig.tick({200.0}, 1min).desired.count == 12);
    CHECK(rig.tick({200.0}, 1min).desired.count == 14);
    CHECK(rig.tick({200.0}, 1min).desired.count == 16);
    const Decision undone = rig.tick({200.0}, 1min);
    CHECK(undone.desired.count == 4);
    CHECK(reasons(undone, rig.spec).back() ==
          "a step up has made latency worse than the 150 before it, for 5m: 4 instead of 18");
    const Decision held = rig.tick({200.0}, 1min);
    CHECK(held.desired.count == 4);
    CHECK(reasons(held, rig.spec).back() ==
          "steps up were taken back because they made latency worse than 150, which holds for 30m: "
          "4 instead of 6");
    rig.now += 27min;
    CHECK(rig.tick({200.0}, 1min).desired.count == 4);
    CHECK(rig.tick({200.0}, 1min).desired.count == 6);  // held long enough: tried again
}

TEST_CASE("undo: a metric that gets better, or worse for too short a time, takes nothing back") {
    PolicyRig rig = latency_policy();
    CHECK(rig.tick({150.0}, 1min).desired.count == 6);
    for (const double latency : {200.0, 200.0, 200.0, 200.0, 110.0, 200.0, 200.0, 105.0}) {
        CHECK(rig.tick({latency}, 1min).desired >= rig.observed.replicas);
    }
}

TEST_CASE("undo: without the rule nothing is watched") {
    PolicyRig rig = latency_policy();
    rig.spec.guards.undo.reset();
    for (int i = 0; i < 12; ++i) {
        rig.tick({150.0 + 20 * i}, 1min);
    }
    CHECK(rig.observed.replicas.count == 28);
    CHECK_FALSE(rig.state.undo.has_value());
}

TEST_CASE("undo: a step down ends the watch, and time does") {
    PolicyRig rig = latency_policy();
    CHECK(rig.tick({150.0}, 1min).desired.count == 6);
    CHECK(rig.state.undo.has_value());
    CHECK(rig.tick({40.0}, 1min).desired.count == 3);
    CHECK_FALSE(rig.state.undo.has_value());
    CHECK(rig.tick({150.0}, 1min).desired.count == 5);
    for (int i = 0; i < 10; ++i) {
        rig.tick({100.0}, 1min);
    }
    CHECK_FALSE(rig.state.undo.has_value());
}

TEST_CASE("undo: nothing is taken back while a metric has no fresh reading") {
    PolicyRig rig = latency_policy();
    rig.spec.metrics.push_back({.name = "rps", .rule = Target{.amount = 1'000.0}});
    CHECK(rig.tick({150.0, 1.0}, 1min).desired.count == 6);
    for (int i = 0; i < 10; ++i) {
        const Decision decision =
            rig.decide({Reading::of(200.0, 0s, 30s), Reading::absent(Absence::no_series)});
        rig.carry_out(decision);
        rig.now += 1min;
        CHECK(decision.desired >= decision.current);
    }
}

TEST_CASE("undo: what came above the count meanwhile stays until every reading is fresh") {
    PolicyRig rig = latency_policy();
    rig.spec.metrics.push_back({.name = "rps", .rule = Target{.amount = 1'000.0}});
    for (int i = 0; i < 8; ++i) {
        rig.tick({i == 0 ? 150.0 : 200.0, 1.0}, 1min);
    }
    CHECK(rig.observed.replicas.count == 4);
    rig.observed = all_ready(12);  // by hand
    const Reading worse = Reading::of(200.0, 0s, 30s);
    const Decision unsure = rig.decide({worse, Reading::absent(Absence::no_series)});
    CHECK(unsure.desired.count == 12);
    CHECK(unsure.reasons.links().back().to.count == 12);
    CHECK(rig.decide({worse, Reading::of(1.0, 0s, 30s)}).desired.count == 4);
}

TEST_CASE("undo: the link says the count, which is the minimum where that has risen") {
    PolicyRig rig = latency_policy();
    for (int i = 0; i < 6; ++i) {
        rig.tick({i == 0 ? 150.0 : 200.0}, 1min);
    }
    rig.spec.min = {7};
    const Decision undone = rig.tick({200.0}, 1min);
    CHECK(undone.desired.count == 7);
    CHECK(undone.reasons.links().back().to.count == 7);
}

namespace {

/// A load held at 100 each and a latency that only undo looks at.
PolicyRig loaded_policy(std::int32_t min, std::int32_t replicas) {
    PolicySpec spec = web_policy();
    spec.min = {min};
    spec.metrics.push_back({.name = "latency", .rule = Input{}});
    spec.behavior.down.stabilization = 0s;
    spec.guards.undo = UndoRule{.metric = 1};
    return PolicyRig{spec, replicas};
}

Reading fresh(double value) {
    return Reading::of(value, 0s, 30s);
}

const Reading missing = Reading::absent(Absence::no_series);

/// 4 -> 8 at a latency of 0.2, then 0.9 until the step is to be taken back; nothing of that is
/// carried out.
Decision harmed(PolicyRig& rig) {
    rig.tick({800.0, 0.2});
    Decision decision;
    for (int i = 0; i <= 20; ++i) {
        decision = rig.decide({fresh(800.0), fresh(0.9)});
        rig.now += 15s;
    }
    return decision;
}

}  // namespace

TEST_CASE("undo: a step that the bounds asked for is not watched, whatever the level") {
    PolicyRig rig = loaded_policy(3, 1);
    CHECK(rig.tick({100.0, 0.2}).desired.count == 3);
    CHECK_FALSE(rig.state.undo.has_value());
    rig.spec.schedule =
        Schedule{ScheduleTable{.from = rig.now - 1h,
                               .until = rig.now + 24h,
                               .rules = {{.name = "day",
                                          .timezone = "UTC",
                                          .min = Replicas{6},
                                          .windows = {{rig.now - 1min, rig.now + 12h}}}}}};
    CHECK(rig.tick({100.0, 0.2}).desired.count == 6);
    CHECK_FALSE(rig.state.undo.has_value());
    rig.tick({800.0, 0.2});
    for (int i = 0; i < 40; ++i) {
        CHECK(rig.tick({800.0, 0.2}).desired.count == 8);
    }
}

TEST_CASE("undo: a chain stays one over a step of the bounds") {
    PolicyRig rig = loaded_policy(3, 3);
    rig.tick({600.0, 0.2});
    const std::optional<UndoWatch> before = rig.state.undo;
    REQUIRE(before.has_value());
    record_scale_event(rig.spec, rig.state, {2}, {6}, rig.now);
    CHECK(rig.state.undo == before);
}

TEST_CASE("undo: without a fresh level above 0 a step is not watched") {
    PolicyRig rig = loaded_policy(1, 4);
    rig.tick({400.0, 0.2});
    rig.carry_out(rig.decide({fresh(800.0), missing}));
    CHECK(rig.observed.replicas.count == 8);
    CHECK_FALSE(rig.state.undo.has_value());
    for (const double level : {0.0, -1.0}) {
        PolicyRig odd = loaded_policy(1, 4);
        odd.tick({800.0, level});
        CHECK_FALSE(odd.state.undo.has_value());
    }
}

TEST_CASE("undo: what a guard refused is judged again, and not wanted once the metric is well") {
    PolicyRig rig = loaded_policy(1, 4);
    const Decision refused = harmed(rig);
    CHECK(refused.desired.count == 4);
    CHECK(reasons(refused, rig.spec).back() ==
          "a step up has made latency worse than the 0.2 before it, for 5m: 4 instead of 8");
    CHECK(rig.decide({fresh(800.0), fresh(0.9)}).desired.count == 4);
    rig.now += 15s;
    CHECK(rig.decide({fresh(800.0), fresh(0.2)}).desired.count == 8);
    CHECK_FALSE(rig.state.undo->undone_at.has_value());
}

TEST_CASE("undo: the hold begins with the step back, and lowers nothing without fresh readings") {
    PolicyRig rig = loaded_policy(1, 4);
    rig.spec.metrics.push_back({.name = "queue", .rule = Target{.amount = 100.0}});
    rig.tick({800.0, 0.2, 0.0});
    for (int i = 0; i <= 20; ++i) {
        rig.tick({800.0, 0.9, 0.0});
    }
    CHECK(rig.observed.replicas.count == 4);
    CHECK(rig.state.undo->undone_at == rig.now - 15s);
    rig.observed = all_ready(6);  // somebody else
    const Decision blind = rig.decide({fresh(800.0), fresh(0.9), missing});
    CHECK(blind.desired.count == 6);
    CHECK(reasons(blind, rig.spec).back() ==
          "steps up were taken back because they made latency worse than 0.2, which holds for 30m: "
          "6 instead of 8");
    const Decision seen = rig.decide({fresh(800.0), fresh(0.9), fresh(0.0)});
    CHECK(seen.desired.count == 4);
    CHECK(reasons(seen, rig.spec).back() ==
          "steps up were taken back because they made latency worse than 0.2, which holds for 30m: "
          "4 instead of 8");
}

TEST_CASE("undo: a step back that goes a part of the way leaves the rest to be judged") {
    PolicyRig rig = loaded_policy(1, 4);
    harmed(rig);
    record_scale_event(rig.spec, rig.state, {8}, {6}, rig.now);
    rig.observed = all_ready(6);
    CHECK(rig.decide({fresh(800.0), fresh(0.9)}).desired.count == 4);
    record_scale_event(rig.spec, rig.state, {6}, {4}, rig.now);
    CHECK(rig.state.undo->undone_at == rig.now);
}

TEST_CASE("undo: a gap in the readings and a restart break the time for which it was worse") {
    PolicyRig gap = loaded_policy(1, 4);
    gap.tick({800.0, 0.2});
    for (int i = 0; i < 60; ++i) {
        const Decision decision = gap.decide({fresh(800.0), i % 15 == 14 ? missing : fresh(0.9)});
        CHECK(decision.desired.count == 8);
        gap.now += 15s;
    }
    PolicyRig stopped = loaded_policy(1, 4);
    stopped.tick({800.0, 0.2});
    stopped.tick({800.0, 0.9});
    stopped.now += 1h;
    resume(stopped.spec, stopped.state, stopped.now);
    CHECK(stopped.decide({fresh(800.0), fresh(0.9)}).desired.count == 8);
}

TEST_CASE("undo: the reason tells the count that is left, and never raises what is wished") {
    PolicyRig rig = loaded_policy(1, 4);
    harmed(rig);
    rig.spec.min = {6};
    const Decision raised = rig.decide({fresh(800.0), fresh(0.9)});
    CHECK(raised.desired.count == 6);
    CHECK(reasons(raised, rig.spec).back() ==
          "a step up has made latency worse than the 0.2 before it, for 5m: 6 instead of 8");
    rig.spec.min = {1};
    const Decision fewer = rig.decide({fresh(200.0), fresh(0.9)});
    CHECK(fewer.desired.count == 2);
    CHECK(reasons(fewer, rig.spec) ==
          std::vector<std::string>{"rps is 200 (target 100 each) and proposes 2"});
}
