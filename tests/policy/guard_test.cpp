// Guards: what each refuses, in which words, and the first instant at which it passes again.
#include "policy/guard.h"

#include <doctest/doctest.h>

#include "policy/vocab/time.h"
#include "tests/support/policy_words.h"

using namespace tided;
using namespace tided::policy;
using namespace std::chrono_literals;

namespace {

const TimePoint eight = from_unix_seconds(1'763'798'400);  // 2025-11-22T08:00:00Z

Decision from_to(std::int32_t current, std::int32_t desired) {
    return {.now = eight, .current = {current}, .observation_known = true, .desired = {desired}};
}

const Decision up = from_to(4, 7);
const Decision down = from_to(7, 4);
const Decision rest = from_to(4, 4);

/// The one refusal of a plan, or "passes".
std::string verdict(const Decision& decision, const Circumstances& circumstances) {
    const Plan result = plan(decision, circumstances);
    if (result.step_to) {
        return result.refusals.empty() ? "passes" : "passes and refuses";
    }
    return result.refusals.size() == 1
               ? std::string{to_string(result.refusals[0].guard)} + ": " + result.refusals[0].why
               : std::to_string(result.refusals.size()) + " refusals";
}

}  // namespace

TEST_CASE("plan: what no guard objects to is a step") {
    CHECK(plan(up, {.now = eight}).step_to == Replicas{7});
    CHECK(plan(down, {.now = eight}).step_to == Replicas{4});
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

TEST_CASE("plan: all guards are asked, in a fixed order") {
    const Pause pause{.owner = "root", .since = eight};
    const Plan result = plan(down,
                             {.now = eight,
                              .pause = &pause,
                              .step_in_flight = true,
                              .observation_age = 2min,
                              .clock_held_until = eight + 1s,
                              .self_partitioned = true,
                              .retry_not_before = eight + 1s});
    std::vector<std::string_view> order;
    for (const Refusal& refusal : result.refusals) {
        order.push_back(to_string(refusal.guard));
    }
    CHECK(
        order ==
        std::vector<std::string_view>{
            "self_partition", "pause", "in_flight", "observation_stale", "clock_jump", "back_off"});
    CHECK(result.step_to == std::nullopt);
}
