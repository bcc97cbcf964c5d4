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
