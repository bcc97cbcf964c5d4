// What all policies together may do: each limit's veto and its silence, and who goes first.
#include "policy/fleet.h"

#include <doctest/doctest.h>

using namespace tided;
using namespace tided::policy;
using namespace std::chrono_literals;

namespace {

constexpr TimePoint now = TimePoint{} + 1'800'000'000s;
using Refusals = std::vector<std::string>;

Claim claim(std::int32_t from, std::int32_t to, std::int32_t priority = 0, double price = 0.0) {
    return {.priority = priority, .from = {from}, .to = {to}, .price = price};
}

}  // namespace

TEST_CASE("fleet: without rules every claim passes, and is remembered for ten minutes") {
    std::vector<FleetStep> made{{.at = now - 10min, .change = 5}};
    const std::vector<Claim> claims{claim(4, 40), claim(40, 4)};
    CHECK(arbitrate({}, {}, claims, now, made) == Refusals{"", ""});
    CHECK(made == std::vector<FleetStep>{{now, 36}, {now, -36}});
}

TEST_CASE("fleet: so many steps a minute, the more important policies first") {
    const FleetRules rules{.steps_per_minute = 2};
    std::vector<FleetStep> made{{.at = now - 1min, .change = 1}, {.at = now - 59s, .change = 1}};
    const std::vector<Claim> claims{claim(1, 2, 0), claim(1, 2, 5), claim(1, 2, 1)};
    const std::string why =
        "all policies together made 2 steps in the last minute, steps_per_minute is 2";
    CHECK(arbitrate(rules, {}, claims, now, made) == Refusals{why, "", why});
    CHECK(arbitrate(rules, {}, claims, now + 1min, made) == Refusals{why, "", ""});
}

TEST_CASE("fleet: of equal priority a scale-up goes before a scale-down") {
    std::vector<FleetStep> made;
    const std::vector<Claim> claims{claim(9, 5), claim(1, 2)};
    const Refusals refusals = arbitrate({.steps_per_minute = 1}, {}, claims, now, made);
    CHECK(refusals[0] != "");
    CHECK(refusals[1] == "");
}

TEST_CASE("fleet: no more than a share of all replicas is removed within ten minutes") {
    const FleetRules rules{.removed_share = Ratio{0.2}, .removed_within = 10min};
    std::vector<FleetStep> made{{.at = now - 9min, .change = -10}};
    const FleetTotals totals{.replicas = 90};  // and the 10 that are gone already
    const std::vector<Claim> claims{claim(30, 19), claim(30, 20), claim(10, 50)};
    CHECK(arbitrate(rules, totals, claims, now, made) ==
          Refusals{"removing 11 more than the 10 replicas of the last 10m would pass the 20 that "
                   "removed_share allows of all 100",
                   "",
                   ""});
    made.clear();
    CHECK(arbitrate(rules, totals, std::vector{claim(30, 12)}, now, made) == Refusals{""});
}

TEST_CASE("fleet: what everything costs an hour stays under its bound, scale-down is free") {
    const FleetRules rules{.cost_per_hour = 10.0};
    const FleetTotals totals{.replicas = 90, .cost_per_hour = 9.0};
    std::vector<FleetStep> made;
    const std::vector<Claim> claims{
        claim(1, 6, 0, 0.25), claim(1, 5, 0, 0.25), claim(9, 1, 0, 0.25), claim(1, 90)};
    CHECK(
        arbitrate(rules, totals, claims, now, made) ==
        Refusals{
            "it costs 1.25 more an hour, all policies together cost 9 of at most 10", "", "", ""});
}
