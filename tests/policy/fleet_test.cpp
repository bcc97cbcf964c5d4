// What all policies together may do: each limit's veto and its silence, and who goes first.
#include "policy/fleet.h"

#include <doctest/doctest.h>

using namespace tided;
using namespace tided::policy;
using namespace std::chrono_literals;

namespace {

constexpr TimePoint now = TimePoint{} + 1'800'000'000s;
using Grants = std::vector<Grant>;

Claim claim(std::int32_t from, std::int32_t to, std::int32_t priority = 0, double price = 0.0) {
    return {.priority = priority, .from = {from}, .to = {to}, .price = price};
}

Grant grant(std::int32_t to, std::string why = "") {
    return {.to = {to}, .why = std::move(why)};
}

/// The one claim of a tick.
Grant grant_of(const FleetRules& rules,
               const FleetTotals& totals,
               const Claim& wanted,
               std::vector<FleetStep> made = {}) {
    return arbitrate(rules, totals, std::vector{wanted}, now, made).at(0);
}

}  // namespace

TEST_CASE("fleet: without rules every claim passes, and is remembered for ten minutes") {
    std::vector<FleetStep> made{{.at = now - 10min, .change = 5}};
    const std::vector<Claim> claims{claim(4, 40), claim(40, 4)};
    CHECK(arbitrate({}, {}, claims, now, made) == Grants{grant(40), grant(4)});
    CHECK(made == std::vector<FleetStep>{{now, 36}, {now, -36}});
}

TEST_CASE("fleet: so many steps a minute, the more important policies first") {
    const FleetRules rules{.steps_per_minute = 2};
    std::vector<FleetStep> made{{.at = now - 1min, .change = 1}, {.at = now - 59s, .change = 1}};
    const std::vector<Claim> claims{claim(1, 2, 0), claim(1, 2, 5), claim(1, 2, 1)};
    const Grant none =
        grant(1, "all policies together made 2 steps in the last minute, steps_per_minute is 2");
    CHECK(arbitrate(rules, {}, claims, now, made) == Grants{none, grant(2), none});
    CHECK(arbitrate(rules, {}, claims, now + 1min, made) == Grants{none, grant(2), grant(2)});
}

TEST_CASE("fleet: of equal priority a scale-up goes before a scale-down") {
    std::vector<FleetStep> made;
    const std::vector<Claim> claims{claim(9, 5), claim(1, 2)};
    const Grants grants = arbitrate({.steps_per_minute = 1}, {}, claims, now, made);
    CHECK(grants[0].to == Replicas{9});
    CHECK(grants[1] == grant(2));
}

TEST_CASE("fleet: no more than a share of all replicas is removed within ten minutes") {
    const FleetRules rules{.removed_share = Ratio{0.2}, .removed_within = 10min};
    std::vector<FleetStep> made{{.at = now - 9min, .change = -10}};
    const FleetTotals totals{.replicas = 90};  // and the 10 that are gone already
    const std::vector<Claim> claims{claim(30, 19), claim(30, 20), claim(10, 50)};
    CHECK(arbitrate(rules, totals, claims, now, made) ==
          Grants{grant(20,
                       "removed_share allows 20 of all 100 replicas to go within 10m, of which 10 "
                       "have gone"),
                 grant(30,
                       "removed_share allows 20 of all 100 replicas to go within 10m, of which 20 "
                       "have gone"),
                 grant(50)});
    CHECK(made == std::vector<FleetStep>{{now - 9min, -10}, {now, 40}, {now, -10}});
    CHECK(grant_of(rules, totals, claim(30, 12)) == grant(12));
}

TEST_CASE("fleet: a removal larger than the share goes on, window by window") {
    const FleetRules rules{.removed_share = Ratio{0.2}, .removed_within = 10min};
    std::vector<FleetStep> made;
    CHECK(
        arbitrate(rules, {.replicas = 40}, std::vector{claim(30, 20)}, now, made) ==
        Grants{grant(22,
                     "removed_share allows 8 of all 40 replicas to go within 10m, of which 0 have "
                     "gone")});
    const TimePoint later = now + 10min;
    CHECK(arbitrate(rules, {.replicas = 32}, std::vector{claim(22, 20)}, later, made) ==
          Grants{grant(20)});
}

TEST_CASE("fleet: one may always go, unless none may") {
    FleetRules rules{.removed_share = Ratio{0.1}, .removed_within = 10min};
    CHECK(grant_of(rules, {.replicas = 5}, claim(3, 1)) ==
          grant(2,
                "removed_share allows 1 of all 5 replicas to go within 10m, of which 0 have gone"));
    CHECK(
        grant_of(rules, {.replicas = 4}, claim(2, 1), {{now - 1min, -1}}) ==
        grant(2, "removed_share allows 1 of all 5 replicas to go within 10m, of which 1 has gone"));
    rules.removed_share = Ratio{0.0};
    CHECK(grant_of(rules, {.replicas = 5}, claim(3, 1)).to == Replicas{3});
    rules.removed_share = Ratio{0.29};
    CHECK(grant_of(rules, {.replicas = 100}, claim(50, 21)) == grant(21));
}

TEST_CASE("fleet: what everything costs an hour stays under its bound, scale-down is free") {
    const FleetRules rules{.cost_per_hour = 10.0};
    const FleetTotals totals{.replicas = 90, .cost_per_hour = 9.0};
    std::vector<FleetStep> made;
    const std::vector<Claim> claims{
        claim(1, 6, 0, 0.25), claim(1, 5, 0, 0.25), claim(9, 1, 0, 0.25), claim(1, 90)};
    CHECK(
        arbitrate(rules, totals, claims, now, made) ==
        Grants{grant(5, "one more costs 0.25 an hour, all policies together cost 9 of at most 10"),
               grant(1, "one more costs 0.25 an hour, all policies together cost 10 of at most 10"),
               grant(1),
               grant(90)});
    CHECK(grant_of({.cost_per_hour = 1.0}, {.cost_per_hour = 0.7}, claim(1, 4, 0, 0.1)) ==
          grant(4));
}

TEST_CASE("fleet: who waits for room that costs is not overtaken by lower priorities") {
    const FleetRules rules{.cost_per_hour = 100.0};
    std::vector<FleetStep> made;
    const std::vector<Claim> claims{
        claim(5, 10, 0, 1.0), claim(1, 3, 10, 20.0), claim(5, 10, 10, 1.0), claim(2, 9, 0)};
    CHECK(
        arbitrate(rules, {.cost_per_hour = 91.0}, claims, now, made) ==
        Grants{grant(5,
                     "a policy of higher priority waits for room below the 100 an hour that all "
                     "may cost"),
               grant(1, "one more costs 20 an hour, all policies together cost 91 of at most 100"),
               grant(10),
               grant(9)});
}
