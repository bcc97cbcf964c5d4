// The ladder's last rungs: the last value up to max_age, the schedule's floor, the fallback, hold.
#include "policy/fallback.h"

#include <limits>

#include <doctest/doctest.h>

#include "policy/schedule.h"
#include "tests/support/policy_rig.h"

using namespace tided;
using namespace tided::policy;
using namespace std::chrono_literals;

namespace {

PolicyRig with_fallback(std::int32_t replicas) {
    PolicySpec spec = web_policy();
    spec.min = {0};
    spec.metrics[0].fallback = Fallback{.replicas = {10}, .after = 3min};
    return PolicyRig{spec, replicas};
}

const Reading nothing = Reading::absent(Absence::source_failed);

/// Ticks of 30 s with that reading.
Decision after(PolicyRig& rig, const Reading& reading, int ticks) {
    Decision decision;
    for (int i = 0; i < ticks; ++i) {
        decision = rig.decide({reading});
        rig.carry_out(decision);
        rig.now += 30s;
    }
    return decision;
}

}  // namespace

TEST_CASE("ladder: fresh, then held, then the fallback, from zero replicas too") {
    for (const std::int32_t begin : {0, 4}) {
        PolicyRig rig = with_fallback(begin);
        CHECK(after(rig, nothing, 6).desired.count == begin);
        const Decision raised = after(rig, nothing, 1);
        CHECK(raised.desired > Replicas{begin});
        CHECK(raised.wished == Replicas{10});
        CHECK(after(rig, nothing, 3).desired.count == 10);
    }
}

TEST_CASE("ladder: the words of each rung") {
    PolicyRig rig = with_fallback(4);
    after(rig, nothing, 6);
    const Decision raised = rig.decide({nothing});
    CHECK(reasons(raised, rig.spec) ==
          std::vector<std::string>{"rps says nothing for 3m and its fallback holds and proposes 10",
                                   "scale_up allows +4 per 15s: 8 instead of 10"});
    CHECK(rig.explain(raised) ==
          "web: 4 -> 8 because rps says nothing for 3m and its fallback holds; not 10 because "
          "scale_up allows +4 per 15s");
}

TEST_CASE("ladder: a fallback never lowers the count") {
    PolicyRig rig = with_fallback(20);
    CHECK(after(rig, nothing, 20).desired.count == 20);
    CHECK(reasons(rig.decide({nothing}), rig.spec)[0] == "rps has no value (its source fails)");
}

TEST_CASE("ladder: a stale value is silence, a partial one is not, a fresh one ends it") {
    PolicyRig rig = with_fallback(4);
    const Reading stale = Reading::of(400.0, 31s, 30s);
    Reading partial = Reading::of(400.0, 1s, 30s);
    partial.freshness = Freshness::partial;
    after(rig, stale, 5);
    after(rig, partial, 1);
    CHECK(after(rig, stale, 6).desired.count == 4);
    CHECK(after(rig, stale, 1).desired.count == 8);
    after(rig, Reading::of(800.0, 1s, 30s), 1);
    CHECK(rig.state.silent_since == std::vector<std::optional<TimePoint>>{std::nullopt});
}

TEST_CASE("ladder: one dead signal does not stop the others") {
    PolicyRig rig = with_fallback(4);
    rig.spec.metrics.push_back({.name = "queue", .rule = Target{.amount = 10.0}});
    for (int i = 0; i < 8; ++i) {
        rig.decide({nothing, Reading::of(40.0, 1s, 30s)});
        rig.now += 30s;
    }
    const Decision both = rig.decide({nothing, Reading::of(160.0, 1s, 30s)});
    CHECK(both.wished == Replicas{16});
}

TEST_CASE("ladder: the schedule's floor stands before the fallback") {
    PolicyRig rig = with_fallback(0);
    rig.spec.schedule =
        Schedule{ScheduleTable{.from = rig.now - 1h,
                               .until = rig.now + 1h,
                               .rules = {{.name = "day",
                                          .timezone = "UTC",
                                          .min = Replicas{3},
                                          .windows = {{rig.now - 1min, rig.now + 30min}}}}}};
    CHECK(rig.decide({nothing}).desired.count == 3);
}

TEST_CASE("ladder: silence keeps its age when the clock jumps") {
    PolicyRig rig = with_fallback(4);
    rig.decide({nothing});
    rebase(rig.state, 1h);
    rig.now += 1h;
    CHECK(rig.decide({nothing}).desired.count == 4);
    rig.now += 3min;
    CHECK(rig.decide({nothing}).desired.count == 8);
}

TEST_CASE("ladder: a value that is no number is silence") {
    PolicyRig rig = with_fallback(4);
    const Reading no_number = Reading::of(std::numeric_limits<double>::quiet_NaN(), 1s, 30s);
    CHECK(after(rig, no_number, 6).desired.count == 4);
    CHECK(rig.explain(rig.decide({no_number})) ==
          "web: 4 -> 8 because rps says nothing for 3m and its fallback holds; not 10 because "
          "scale_up allows +4 per 15s");
}

TEST_CASE("ladder: a restart begins the silence anew, for nobody knows what was said meanwhile") {
    PolicyRig rig = with_fallback(4);
    after(rig, nothing, 1);
    rig.now += 10min;
    resume(rig.spec, rig.state, rig.now);
    CHECK(rig.explain(rig.decide({nothing})) ==
          "web: stays at 4 because rps has no value (its source fails)");
    CHECK(after(rig, nothing, 6).desired.count == 4);
    CHECK(after(rig, nothing, 1).desired.count == 8);
}

TEST_CASE("ladder: silence is followed while the count is not known, or outside its bounds") {
    for (const bool is_known : {false, true}) {
        INFO((is_known ? "above max" : "no observation"));
        const Observed above = all_ready(150);
        const auto pass = [&](PolicyRig& rig, const Reading& reading) {
            const std::vector<Reading> readings{reading};
            static_cast<void>(decide(
                rig.spec,
                {.now = rig.now, .observed = is_known ? &above : nullptr, .readings = readings},
                rig.state));
            rig.now += 5min;
        };
        PolicyRig heard = with_fallback(4);
        after(heard, nothing, 1);
        pass(heard, Reading::of(400.0, 1s, 30s));
        CHECK(heard.explain(heard.decide({nothing})) ==
              "web: stays at 4 because rps has no value (its source fails)");
        PolicyRig silent = with_fallback(4);
        pass(silent, nothing);
        CHECK(silent.explain(silent.decide({nothing})) ==
              "web: 4 -> 8 because rps says nothing for 5m and its fallback holds; not 10 because "
              "scale_up allows +4 per 15s");
    }
}
