// Schedules: which rules hold at an instant, what they make of min and max, and how a policy
// under them moves and says why.
#include "policy/schedule.h"

#include <algorithm>

#include <doctest/doctest.h>

#include "policy/decide.h"
#include "policy/explain.h"
#include "tests/support/policy_rig.h"
#include "tests/support/policy_words.h"

using namespace tided;
using namespace tided::policy;
using namespace std::chrono_literals;

namespace {

const TimePoint eight = from_unix_seconds(1'763'798'400);  // 2025-11-22T08:00:00Z, PolicyRig's now
const ScheduleRule day{.name = "0 8 * * mon-fri",
                       .timezone = "Europe/Paris",
                       .min = Replicas{10},
                       .windows = {{eight, eight + 10h}, {eight + 24h, eight + 34h}}};

Schedule table_of(std::vector<ScheduleRule> rules) {
    return Schedule{{.from = eight - 24h, .until = eight + 240h, .rules = std::move(rules)}};
}

ScheduleRule rule_with(std::optional<Replicas> min,
                       std::optional<Replicas> max,
                       Duration from,
                       Duration to) {
    return {.name = "other",
            .timezone = "UTC",
            .min = min,
            .max = max,
            .windows = {{eight + from, eight + to}}};
}

Bounds bounds(const Schedule& schedule, Duration after) {
    return bounds_at(schedule, Replicas{2}, Replicas{40}, eight + after);
}

PolicySpec scheduled(std::vector<ScheduleRule> rules) {
    PolicySpec spec = web_policy();
    spec.min = Replicas{2};
    spec.schedule = table_of(std::move(rules));
    return spec;
}

}  // namespace

TEST_CASE("schedule: a window holds from its first instant to before its end") {
    const Schedule schedule = table_of({day});
    const Bounds none{.min = {Replicas{2}}, .max = {Replicas{40}}};
    const struct {
        Duration after;
        std::optional<Duration> until;
    } rows[]{{-1ms, {}}, {0ms, 10h}, {10h - 1ms, 10h}, {10h, {}}, {24h, 34h}, {34h, {}}, {50h, {}}};
    for (const auto& row : rows) {
        INFO(tided::to_string(row.after));
        Bounds expected = none;
        if (row.until) {
            expected.min = {Replicas{10}, Holding{.rule = 0, .until = eight + *row.until}};
        }
        CHECK(bounds(schedule, row.after) == expected);
    }
}

TEST_CASE("schedule: the largest min and the smallest max hold, whatever the order of the rules") {
    const std::vector<ScheduleRule> rules{day,
                                          rule_with(Replicas{20}, {}, 2h, 3h),
                                          rule_with({}, Replicas{30}, 0h, 5h),
                                          rule_with({}, Replicas{25}, 4h, 6h)};
    for (const bool turned : {false, true}) {
        std::vector<ScheduleRule> ordered = rules;
        if (turned) {
            std::ranges::reverse(ordered);
        }
        const Schedule schedule = table_of(ordered);
        CHECK(bounds(schedule, 1h).min.count == Replicas{10});
        CHECK(bounds(schedule, 1h).max.count == Replicas{30});
        CHECK(bounds(schedule, 2h).min.count == Replicas{20});
        CHECK(bounds(schedule, 4h).max.count == Replicas{25});
        CHECK(bounds(schedule, 6h).max.count == Replicas{40});
    }
}

TEST_CASE(
    "schedule: where rules contradict, capacity wins; the policy's own bounds are never left") {
    const Bounds clash = bounds(table_of({day, rule_with({}, Replicas{4}, 0h, 1h)}), 0h);
    CHECK(clash.min.count == Replicas{10});
    CHECK(clash.max.count == Replicas{10});
    const Bounds wide = bounds(table_of({rule_with(Replicas{1}, Replicas{99}, 0h, 1h)}), 0h);
    CHECK(wide == Bounds{.min = {Replicas{2}}, .max = {Replicas{40}}});
    const Bounds high = bounds(table_of({rule_with(Replicas{50}, {}, 0h, 1h)}), 0h);
    CHECK(high.min.count == Replicas{40});
    const Bounds low = bounds(table_of({rule_with({}, Replicas{0}, 0h, 1h)}), 0h);
    CHECK(low.max.count == Replicas{2});
}

TEST_CASE("schedule: of rules that ask for the same, the one that lasts longest is named") {
    const Schedule schedule =
        table_of({rule_with(Replicas{10}, {}, 0h, 1h), day, rule_with(Replicas{10}, {}, 0h, 10h)});
    CHECK(bounds(schedule, 0h).min.by == Holding{.rule = 1, .until = eight + 10h});
}

TEST_CASE("schedule: a table says nothing of instants that it does not cover") {
    const Schedule schedule = table_of({rule_with(Replicas{10}, {}, -48h, 480h)});
    CHECK(bounds(schedule, 239h).min.count == Replicas{10});
    CHECK(bounds(schedule, 240h).min.count == Replicas{2});
    CHECK(bounds(schedule, -24h).min.count == Replicas{10});
    CHECK(bounds(schedule, -24h - 1ms).min.count == Replicas{2});
    CHECK(bounds({}, 0h) == Bounds{.min = {Replicas{2}}, .max = {Replicas{40}}});
}

TEST_CASE("schedule: the next change is the next edge of any window") {
    const Schedule schedule = table_of({day, rule_with({}, Replicas{4}, 9h, 11h)});
    CHECK(next_change(schedule, eight - 1h) == eight);
    CHECK(next_change(schedule, eight) == eight + 9h);
    CHECK(next_change(schedule, eight + 9h) == eight + 10h);
    CHECK(next_change(schedule, eight + 10h) == eight + 11h);
    CHECK(next_change(schedule, eight + 11h) == eight + 24h);
    CHECK(next_change(schedule, eight + 34h) == std::nullopt);
    CHECK(next_change({}, eight) == std::nullopt);
}

TEST_CASE("schedule: a freeze holds within its windows, and says which rule and until when") {
    ScheduleRule release = day;
    release.name = "release";
    release.min.reset();
    release.freeze = true;
    const Schedule schedule = table_of({day, release});
    CHECK_FALSE(is_frozen(schedule, eight - 1ms));
    CHECK_FALSE(is_frozen(schedule, eight + 10h));
    const std::optional<Holding> freeze = frozen_by(schedule, eight);
    REQUIRE(freeze.has_value());
    CHECK(freeze_clause(schedule, *freeze, eight) ==
          "the schedule 'release' (Europe/Paris) freezes the count until 18:00 UTC");
    CHECK(freeze_clause(schedule, *freeze, eight - 24h) ==
          "the schedule 'release' (Europe/Paris) freezes the count until 2025-11-22 18:00 UTC");
}

TEST_CASE("schedule: of what holds as far as is known no end is told") {
    ScheduleRule always = day;
    always.windows = {{eight - 24h, eight + 240h}};
    PolicyRig rig{scheduled({always}), 4};
    CHECK(
        rig.explain(rig.tick({100.0})) ==
        "web: 4 -> 10 because the schedule '0 8 * * mon-fri' (Europe/Paris) asks for at least 10");
    always.freeze = true;
    const Schedule schedule = table_of({always});
    CHECK(freeze_clause(schedule, *frozen_by(schedule, eight), eight) ==
          "the schedule '0 8 * * mon-fri' (Europe/Paris) freezes the count");
}

TEST_CASE("schedule: the count goes to the floor at once, blind or not, and stays on it") {
    PolicyRig rig{scheduled({day}), 4};
    const Decision decision = rig.decide({Reading::absent(Absence::source_failed)});
    CHECK(rig.explain(decision) ==
          "web: 4 -> 10 because the schedule '0 8 * * mon-fri' (Europe/Paris) asks for at least 10 "
          "until 18:00 UTC");
    CHECK(
        reasons(decision, rig.spec) ==
        std::vector<std::string>{"the schedule '0 8 * * mon-fri' (Europe/Paris) asks for at least "
                                 "10 until 18:00 UTC: 10 instead of 4"});
    rig.carry_out(decision);
    for (int i = 0; i < 40; ++i) {
        CHECK(rig.tick({300.0}).desired == Replicas{10});
    }
    CHECK(
        rig.explain(rig.decide({Reading::of(300.0, 0s, 30s)})) ==
        "web: stays at 10 because the schedule '0 8 * * mon-fri' (Europe/Paris) asks for at least "
        "10 until 18:00 UTC; 3 was proposed because rps is 300 (target 100 each)");
    CHECK(rig.tick({1'500.0}).desired == Replicas{15});
    rig.now = eight + 10h;
    rig.state = {};
    rig.tick({300.0});
    rig.now += 5min;
    CHECK(rig.tick({300.0}).desired == Replicas{3});
}

TEST_CASE("schedule: a max caps what the metrics want, and is raised to the min in force") {
    PolicyRig rig{scheduled({rule_with({}, Replicas{6}, -1h, 24h)}), 5};
    CHECK(rig.explain(rig.decide({Reading::of(900.0, 0s, 30s)})) ==
          "web: 5 -> 6 because rps is 900 (target 100 each); not 9 because the schedule 'other' "
          "(UTC) allows at most 6 until 2025-11-23 08:00 UTC");
    rig.observed = all_ready(9);
    CHECK(rig.explain(rig.decide({Reading::absent(Absence::no_series)})) ==
          "web: 9 -> 6 because the schedule 'other' (UTC) allows at most 6 until 2025-11-23 08:00 "
          "UTC");
    rig.spec.schedule = table_of({day, rule_with({}, Replicas{6}, -1h, 24h)});
    rig.observed = all_ready(12);
    CHECK(
        rig.explain(rig.decide({Reading::absent(Absence::no_series)})) ==
        "web: 12 -> 10 because the schedule 'other' (UTC) allows at most 6 until 2025-11-23 08:00 "
        "UTC, but the minimum is 10");
}

TEST_CASE("schedule: without metrics it decides alone, down through the window and the rates too") {
    PolicySpec spec = scheduled({day});
    spec.metrics.clear();
    PolicyRig rig{spec, 2};
    CHECK(rig.tick({}).desired == Replicas{10});
    rig.now = eight + 10h - 15s;
    CHECK(rig.explain(rig.tick({})) == "web: stays at 10 because the schedule alone decides");
    for (int i = 0; i < 19; ++i) {
        CHECK(rig.tick({}).desired == Replicas{10});
    }
    const Decision decision = rig.tick({});
    CHECK(rig.explain(decision) == "web: 10 -> 2 because the schedule alone decides");
    CHECK(reasons(decision, rig.spec) ==
          std::vector<std::string>{"the schedule alone decides and proposes 2"});
}

TEST_CASE("schedule: without metrics a table that is over, or has no min, changes nothing") {
    PolicySpec spec = scheduled({day});
    spec.metrics.clear();
    PolicyRig over{spec, 7};
    over.now = eight + 240h;
    CHECK(over.explain(over.decide({})) == "web: stays at 7 because the policy has no metric");
    spec.schedule = table_of({rule_with({}, Replicas{9}, 0h, 1h)});
    PolicyRig capped{spec, 7};
    CHECK(capped.decide({}).desired == Replicas{7});
}

TEST_CASE("schedule: a reason that is read beside another table names no rule") {
    PolicyRig rig{scheduled({day}), 4};
    const Decision decision = rig.decide({Reading::of(400.0, 0s, 30s)});
    rig.spec.schedule = {};
    CHECK(rig.explain(decision) ==
          "web: 4 -> 10 because the schedule asks for at least 10 until 18:00 UTC");
}

TEST_CASE(
    "schedule: with idle a min counts that is not above the policy's own; a max leaves that") {
    PolicySpec spec = scheduled({rule_with(Replicas{2}, {}, -1h, 24h)});
    spec.min = Replicas{5};
    spec.idle = Replicas{0};
    spec.behavior.down.stabilization = 0s;
    PolicyRig rig{spec, 5};
    CHECK(rig.explain(rig.decide({Reading::of(0.0, 0s, 30s)})) ==
          "web: 5 -> 2 because rps is 0 (idle: not above 0); not 0 because the schedule 'other' "
          "(UTC) asks for at least 2 until 2025-11-23 08:00 UTC");
    rig.observed = all_ready(0);
    CHECK(rig.explain(rig.decide({Reading::absent(Absence::no_series)})) ==
          "web: 0 -> 2 because the schedule 'other' (UTC) asks for at least 2 until 2025-11-23 "
          "08:00 UTC");
    rig.spec.schedule = table_of({rule_with(Replicas{5}, {}, -1h, 24h)});
    rig.observed = all_ready(5);
    CHECK(rig.explain(rig.decide({Reading::of(0.0, 0s, 30s)})) ==
          "web: stays at 5 because the schedule 'other' (UTC) asks for at least 5 until 2025-11-23 "
          "08:00 UTC; 0 was proposed because rps is 0 (idle: not above 0)");
    rig.spec.schedule = table_of({rule_with({}, Replicas{3}, -1h, 24h)});
    CHECK(rig.explain(rig.decide({Reading::of(1'000.0, 0s, 30s)})) ==
          "web: stays at 5 because the schedule 'other' (UTC) allows at most 3 until 2025-11-23 "
          "08:00 UTC, but the minimum is 5; 10 was proposed because rps is 1000 (target 100 each)");
    CHECK(rig.decide({Reading::of(0.0, 0s, 30s)}).desired == Replicas{0});
}
