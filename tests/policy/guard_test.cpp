// Guards: what each refuses, in which words, and the first instant at which it passes again.
#include "policy/guard.h"

#include <limits>

#include <doctest/doctest.h>

#include "policy/vocab/time.h"
#include "tests/support/policy_words.h"

using namespace tided;
using namespace tided::policy;
using namespace std::chrono_literals;

namespace {

const TimePoint eight = from_unix_seconds(1'763'798'400);  // 2025-11-22T08:00:00Z

Decision from_to(std::int32_t current, std::int32_t desired) {
    return {.now = eight,
            .current = {current},
            .observation_known = true,
            .desired = {desired},
            .lowest = {1},
            .highest = {100}};
}

const Decision up = from_to(4, 7);
const Decision down = from_to(7, 4);
const Decision rest = from_to(4, 4);

/// The one refusal of a plan, or "passes".
std::string verdict(const PolicySpec& spec,
                    const PolicyState& state,
                    const Decision& decision,
                    const Circumstances& circumstances) {
    const Plan result = plan(spec, state, decision, circumstances);
    if (result.step_to) {
        return result.refusals.empty() ? "passes" : "passes and refuses";
    }
    return result.refusals.size() == 1
               ? std::string{to_string(result.refusals[0].guard)} + ": " + result.refusals[0].why
               : std::to_string(result.refusals.size()) + " refusals";
}

/// The same for a policy without rules of its own.
std::string verdict(const Decision& decision, const Circumstances& circumstances) {
    return verdict({}, {}, decision, circumstances);
}

Schedule frozen_until(TimePoint end) {
    return Schedule{ScheduleTable{.from = eight - 24h,
                                  .until = eight + 24h,
                                  .rules = {{.name = "black friday",
                                             .timezone = "UTC",
                                             .freeze = true,
                                             .windows = {{eight - 1h, end}}}}}};
}

}  // namespace

TEST_CASE("plan: what no guard objects to is a step") {
    CHECK(plan({}, {}, up, {.now = eight}).step_to == Replicas{7});
    CHECK(plan({}, {}, down, {.now = eight}).step_to == Replicas{4});
}

TEST_CASE("plan: at rest nobody is asked") {
    const Pause pause{.owner = "root"};
    CHECK(verdict(rest, {.now = eight, .pause = &pause, .self_partitioned = true}) == "0 refusals");
    Decision blind = up;
    blind.observation_known = false;
    CHECK(verdict(blind, {.now = eight}) == "0 refusals");
}

TEST_CASE("plan: pause, with and without reason and end, until its expiry") {
    Pause pause{.owner = "uid=1000(alice)", .reason = "maintenance", .since = eight};
    Circumstances circumstances{.now = eight, .pause = &pause};
    CHECK(verdict(up, circumstances) ==
          "pause: paused by uid=1000(alice) until resumed: maintenance");
    pause.until = eight + 2h + 250ms;
    pause.reason = "";
    CHECK(verdict(down, circumstances) ==
          "pause: paused by uid=1000(alice) until 2025-11-22T10:00:00.250Z");
    circumstances.now = *pause.until - 1ms;
    CHECK(verdict(down, circumstances) ==
          "pause: paused by uid=1000(alice) until 2025-11-22T10:00:00.250Z");
    circumstances.now = *pause.until;
    CHECK(verdict(down, circumstances) == "passes");
}

TEST_CASE("plan: one step in flight at a time") {
    CHECK(verdict(up, {.now = eight, .step_in_flight = true}) ==
          "in_flight: an earlier step is still in flight");
}

TEST_CASE("plan: an old observation permits no step in either direction") {
    const Circumstances old{.now = eight, .observation_age = 61s, .observation_max_age = 60s};
    for (const Decision* decision : {&up, &down}) {
        CHECK(verdict(*decision, old) ==
              "observation_stale: the pool was last observed 1m1s ago, at most 1m is allowed");
    }
    CHECK(verdict(up, {.now = eight, .observation_age = 60s, .observation_max_age = 60s}) ==
          "passes");
}

TEST_CASE("plan: after a jump of the wall clock only scale-down waits") {
    Circumstances jumped{.now = eight, .clock_held_until = eight + 5min};
    CHECK(verdict(down, jumped) ==
          "clock_jump: the wall clock jumped, no scale-down before 2025-11-22T08:05:00Z");
    CHECK(verdict(up, jumped) == "passes");
    jumped.now = eight + 5min;
    CHECK(verdict(down, jumped) == "passes");
}

TEST_CASE("plan: a failed step is not repeated before its time") {
    Circumstances failed{.now = eight, .retry_not_before = eight + 30s};
    CHECK(verdict(up, failed) ==
          "back_off: the last step failed, no retry before 2025-11-22T08:00:30Z");
    failed.now = eight + 30s;
    CHECK(verdict(up, failed) == "passes");
}

TEST_CASE("plan: when we are cut off ourselves everything is frozen") {
    for (const Decision* decision : {&up, &down}) {
        CHECK(
            verdict(*decision, {.now = eight, .self_partitioned = true}) ==
            "self_partition: most sources and providers were silent at once, so our own network is "
            "suspected");
    }
}

TEST_CASE("plan: the emergency brake stops everything, whoever pulled it says why") {
    const Brake brake{.owner = "uid=0(root)", .reason = "INC-7", .since = eight - 1min};
    for (const Decision* decision : {&up, &down}) {
        CHECK(
            verdict(*decision, {.now = eight, .brake = &brake}) ==
            "brake: the emergency brake was pulled by uid=0(root) at 2025-11-22T07:59:00Z: INC-7");
    }
}

TEST_CASE("plan: inside a freeze window nothing moves, at its end everything does") {
    const PolicySpec spec{.schedule = frozen_until(eight + 1h)};
    CHECK(verdict(spec, {}, up, {.now = eight}) ==
          "freeze: the schedule 'black friday' (UTC) freezes the count until 09:00 UTC");
    CHECK(verdict(spec, {}, down, {.now = eight}) ==
          "freeze: the schedule 'black friday' (UTC) freezes the count until 09:00 UTC");
    CHECK(verdict(spec, {}, up, {.now = eight + 1h}) == "passes");
}

TEST_CASE("plan: a number outside the bounds never leaves, whoever made it") {
    CHECK(verdict(from_to(4, 101), {.now = eight}) == "bounds: 101 is outside 1 to 100");
    CHECK(verdict(from_to(4, 0), {.now = eight}) == "bounds: 0 is outside 1 to 100");
    CHECK(verdict(from_to(4, 100), {.now = eight}) == "passes");
}

TEST_CASE("plan: no scale-down on a reading that is not fresh, but back under the maximum") {
    const PolicySpec spec{.metrics = {{.name = "rps"}, {.name = "queue"}}};
    const std::vector<Reading> readings{Reading::of(1.0, 1s, 30s), Reading::of(1.0, 31s, 30s)};
    const Circumstances around{.now = eight, .readings = readings};
    CHECK(verdict(spec, {}, down, around) ==
          "freshness: no scale-down without a fresh reading of queue");
    CHECK(verdict(spec, {}, up, around) == "passes");
    CHECK(verdict(spec, {}, from_to(120, 100), around) == "passes");
}

TEST_CASE("plan: cooldown up counts from the last step up, down from any step") {
    PolicySpec spec;
    spec.behavior.up.cooldown = 1min;
    spec.behavior.down.cooldown = 10min;
    const PolicyState state{.steps = {{.at = eight - 30s, .from = {2}, .to = {3}},
                                      {.at = eight - 10s, .from = {3}, .to = {2}}}};
    CHECK(verdict(spec, state, up, {.now = eight}) ==
          "cooldown: scale_up cools down for 1m after the step from 2 to 3, until "
          "2025-11-22T08:00:30Z");
    CHECK(verdict(spec, state, up, {.now = eight + 30s}) == "passes");
    CHECK(verdict(spec, state, down, {.now = eight}) ==
          "cooldown: scale_down cools down for 10m after the step from 3 to 2, until "
          "2025-11-22T08:09:50Z");
    CHECK(verdict(spec, state, down, {.now = eight + 590s}) == "passes");
}

TEST_CASE("plan: the budget of steps is over the last hour, exclusive") {
    PolicySpec spec;
    spec.guards.steps_per_hour = 2;
    const PolicyState state{.steps = {{.at = eight - 1h + 1ms, .from = {2}, .to = {3}},
                                      {.at = eight - 1min, .from = {3}, .to = {4}}}};
    CHECK(verdict(spec, state, up, {.now = eight}) ==
          "steps_per_hour: 2 steps were made in the last hour, steps_per_hour is 2");
    CHECK(verdict(spec, state, up, {.now = eight + 1ms}) == "passes");
    spec.guards.steps_per_hour = 3;
    CHECK(verdict(spec, state, up, {.now = eight}) == "passes");
}

TEST_CASE("plan: who turns round too often is damped, the longer the more it does") {
    PolicySpec spec;
    spec.behavior.down.stabilization = 2min;
    spec.guards.flapping = {.turns = 3, .within = 20min, .longest = 15min};
    PolicyState state;
    const auto turn = [&](Duration age) {
        const bool is_up = state.steps.size() % 2 == 0;
        state.steps.push_back({.at = eight - age, .from = {is_up ? 4 : 7}, .to = {is_up ? 7 : 4}});
    };
    turn(8min);
    turn(6min);
    turn(4min);
    CHECK(verdict(spec, state, down, {.now = eight}) == "passes");  // turned twice
    turn(2min);
    CHECK(verdict(spec, state, down, {.now = eight}) ==
          "flapping: it turned round 3 times within 20m, so scale_down waits 4m instead of 2m, "
          "until 2025-11-22T08:02:00Z");
    CHECK(verdict(spec, state, up, {.now = eight}) == "passes");
    CHECK(verdict(spec, state, down, {.now = eight + 2min}) == "passes");
    turn(0min);
    CHECK(verdict(spec, state, down, {.now = eight}) ==
          "flapping: it turned round 4 times within 20m, so scale_down waits 8m instead of 2m, "
          "until 2025-11-22T08:08:00Z");
    turn(0min);
    CHECK(verdict(spec, state, down, {.now = eight}) ==
          "flapping: it turned round 5 times within 20m, so scale_down waits 15m instead of 2m, "
          "until 2025-11-22T08:15:00Z");
    CHECK(verdict(spec, state, down, {.now = eight + 20min}) == "passes");
    spec.guards.flapping.turns = 0;
    CHECK(verdict(spec, state, down, {.now = eight}) == "passes");
}

TEST_CASE("plan: a step above the size waits for a yes, which covers counts up to its own") {
    PolicySpec spec{.name = "web"};
    spec.guards.approval = {.above = Replicas{2}};
    CHECK(verdict(spec, {}, up, {.now = eight}) ==
          "approval: a step of 3 needs approval: tided approve web --to 7");
    CHECK(verdict(spec, {}, from_to(4, 6), {.now = eight}) == "passes");
    Approval approval{.owner = "alice", .to = {8}, .until = eight + 1h};
    const Circumstances approved{.now = eight, .approval = &approval};
    CHECK(verdict(spec, {}, up, approved) == "passes");
    CHECK(verdict(spec, {}, down, approved) ==
          "approval: a step of 3 needs approval: tided approve web --to 4");
    CHECK(verdict(spec, {}, up, {.now = eight + 1h, .approval = &approval}) ==
          "approval: a step of 3 needs approval: tided approve web --to 7");
    spec.guards.approval = {.above_share = Ratio{0.5}};
    CHECK(verdict(spec, {}, up, {.now = eight}) ==
          "approval: a step of 3 needs approval: tided approve web --to 7");
    CHECK(verdict(spec, {}, from_to(4, 6), {.now = eight}) == "passes");
    Decision waking = from_to(0, 1);
    waking.lowest = {0};
    CHECK(verdict(spec, {}, waking, {.now = eight}) ==
          "approval: a step of 1 needs approval: tided approve web --to 1");
}

TEST_CASE("plan: all guards are asked, in a fixed order") {
    const Pause pause{.owner = "root", .since = eight};
    const Brake brake{.owner = "root", .since = eight};
    PolicySpec spec{.name = "web", .schedule = frozen_until(eight + 1h)};
    spec.behavior.down.cooldown = 1h;
    spec.guards = {
        .steps_per_hour = 1, .approval = {.above = Replicas{0}}, .flapping = {.turns = 1}};
    const PolicyState state{.steps = {{.at = eight - 2s, .from = {2}, .to = {3}},
                                      {.at = eight - 1s, .from = {3}, .to = {2}}}};
    const std::vector<Reading> readings{Reading::absent(Absence::no_series)};
    const Plan result = plan(spec,
                             state,
                             from_to(7, 0),
                             {.now = eight,
                              .brake = &brake,
                              .pause = &pause,
                              .step_in_flight = true,
                              .observation_age = 2min,
                              .clock_held_until = eight + 1s,
                              .self_partitioned = true,
                              .retry_not_before = eight + 1s,
                              .readings = readings});
    std::vector<std::string_view> order;
    for (const Refusal& refusal : result.refusals) {
        order.push_back(to_string(refusal.guard));
    }
    CHECK(order == std::vector<std::string_view>{"brake",
                                                 "self_partition",
                                                 "pause",
                                                 "freeze",
                                                 "observation_stale",
                                                 "clock_jump",
                                                 "bounds",
                                                 "freshness",
                                                 "in_flight",
                                                 "back_off",
                                                 "cooldown",
                                                 "steps_per_hour",
                                                 "flapping",
                                                 "approval"});
    CHECK(result.step_to == std::nullopt);
}

TEST_CASE("plan: scale-down asks for the readings that the decision needs, and for no others") {
    PolicySpec spec{.metrics = {{.name = "rps", .rule = Input{}},
                                {.name = "p99", .rule = Input{}},
                                {.name = "latency", .rule = Latency{.load = 0}}}};
    const auto asked = [&](const std::vector<Reading>& readings) {
        return verdict(spec, {}, down, {.now = eight, .readings = readings});
    };
    const auto value = [](double number) { return Reading::of(number, 1s, 30s); };
    const Reading none = Reading::absent(Absence::not_a_number);
    const Reading failed = Reading::absent(Absence::source_failed);
    CHECK(asked({value(0.0), none, value(0.0)}) == "passes");
    CHECK(asked({failed, none, value(0.0)}) ==
          "freshness: no scale-down without a fresh reading of rps");
    CHECK(asked({value(5.0), none, none}) ==
          "freshness: no scale-down without a fresh reading of latency");
    CHECK(asked({value(0.0), none, none}) == "passes");  // nothing is asked, so there is none
    CHECK(asked({value(0.0), none, failed}) ==
          "freshness: no scale-down without a fresh reading of latency");
    spec.metrics[2] = {.name = "queue",
                       .rule = Backlog{.drain_within = 1min, .rate = 0, .arrivals = 1}};
    CHECK(asked({value(1.0), value(1.0), value(1.0)}) == "passes");
    CHECK(asked({value(1.0), none, value(1.0)}) ==
          "freshness: no scale-down without a fresh reading of p99");
    CHECK(asked({value(std::numeric_limits<double>::quiet_NaN()), value(1.0), value(1.0)}) ==
          "freshness: no scale-down without a fresh reading of rps");
}

TEST_CASE("plan: back up to the minimum waits for no cooldown, no budget and no yes") {
    PolicySpec spec{.name = "web", .min = {5}, .max = {100}};
    spec.behavior.up.cooldown = 10min;
    spec.guards = {.steps_per_hour = 1, .approval = {.above = Replicas{0}}};
    const PolicyState state{.steps = {{.at = eight - 1s, .from = {2}, .to = {3}}}};
    Decision restoring = from_to(3, 5);
    restoring.lowest = {5};
    CHECK(verdict(spec, state, restoring, {.now = eight}) == "passes");
    CHECK(verdict(spec, state, from_to(5, 7), {.now = eight}) == "3 refusals");
    restoring.desired = {6};
    CHECK(verdict(spec, state, restoring, {.now = eight}) == "3 refusals");
}

TEST_CASE("plan: back down to the maximum waits for a yes, but for no pace") {
    PolicySpec spec{.name = "web", .min = {1}, .max = {8}};
    spec.behavior.down.cooldown = 10min;
    spec.guards = {
        .steps_per_hour = 1, .approval = {.above = Replicas{5}}, .flapping = {.turns = 1}};
    const PolicyState state{.steps = {{.at = eight - 2s, .from = {12}, .to = {8}},
                                      {.at = eight - 1s, .from = {8}, .to = {12}}}};
    Decision correcting = from_to(12, 8);
    correcting.highest = {8};
    CHECK(verdict(spec, state, correcting, {.now = eight}) == "passes");
    correcting.desired = {7};
    CHECK(verdict(spec, state, correcting, {.now = eight}) == "3 refusals");
    correcting = from_to(20, 8);
    correcting.highest = {8};
    CHECK(verdict(spec, state, correcting, {.now = eight}) ==
          "approval: a step of 12 needs approval: tided approve web --to 8");
}

TEST_CASE("plan: a share that needs a yes is one of the minimum at least") {
    PolicySpec spec{.name = "web", .min = {4}, .max = {100}};
    spec.guards.approval = {.above_share = Ratio{0.5}};
    CHECK(verdict(spec, {}, from_to(0, 2), {.now = eight}) == "passes");
    CHECK(verdict(spec, {}, from_to(0, 3), {.now = eight}) ==
          "approval: a step of 3 needs approval: tided approve web --to 3");
    CHECK(verdict(spec, {}, from_to(10, 15), {.now = eight}) == "passes");
    CHECK(verdict(spec, {}, from_to(10, 16), {.now = eight}) ==
          "approval: a step of 6 needs approval: tided approve web --to 16");
}

TEST_CASE("plan: a yes holds the way that it was given for") {
    PolicySpec spec{.name = "web"};
    spec.guards.approval = {.above = Replicas{10}};
    Approval approval{.owner = "alice", .to = {40}, .until = eight + 1h, .from = Replicas{4}};
    const Circumstances approved{.now = eight, .approval = &approval};
    CHECK(verdict(spec, {}, from_to(4, 40), approved) == "passes");
    CHECK(verdict(spec, {}, from_to(8, 40), approved) == "passes");
    CHECK(verdict(spec, {}, from_to(60, 45), approved) ==
          "approval: a step of 15 needs approval: tided approve web --to 45");
    approval.from = Replicas{70};
    CHECK(verdict(spec, {}, from_to(60, 45), approved) == "passes");
    CHECK(verdict(spec, {}, from_to(20, 40), approved) ==
          "approval: a step of 20 needs approval: tided approve web --to 40");
    approval.from = std::nullopt;
    CHECK(verdict(spec, {}, from_to(60, 45), approved) == "passes");
}
