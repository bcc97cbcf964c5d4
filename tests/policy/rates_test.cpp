// Rates: HPA's numeric traps, select, periods and budgets, and what is kept of past events.
#include "policy/rates.h"

#include <array>
#include <limits>

#include <doctest/doctest.h>

#include "tests/support/policy_rig.h"
#include "tests/support/policy_words.h"

using namespace tided;
using namespace tided::policy;
using namespace std::chrono_literals;

namespace {

constexpr std::int32_t most = std::numeric_limits<std::int32_t>::max();
const TimePoint now = from_unix_seconds(1'763'798'400);

ScalingRules rules(std::vector<RatePolicy> rates, Select select = Select::max) {
    return {.select = select, .rates = std::move(rates)};
}

ScalingRules percent(std::int32_t value) {
    return rules({{RateKind::percent, value, 60s}});
}

ScalingRules pods(std::int32_t value) {
    return rules({{RateKind::pods, value, 60s}});
}

std::int32_t up(const ScalingRules& r, std::int32_t current, const PolicyState& state = {}) {
    return up_limit(r, {current}, state, now).replicas.count;
}

std::int32_t down(const ScalingRules& r, std::int32_t current, const PolicyState& state = {}) {
    return down_limit(r, {current}, state, now).replicas.count;
}

}  // namespace

TEST_CASE("rates: percents in IEEE doubles, as HPA computes them") {
    struct Row {
        std::int32_t current;
        std::int32_t percent;
        std::int32_t up;
        std::int32_t down;
    };
    const std::array<Row, 12> rows{{{100, 10, 111, 90},
                                    {10, 90, 19, 0},
                                    {90, 30, 117, 62},
                                    {100, 1, 101, 99},
                                    {3, 100, 6, 0},
                                    {1, 50, 2, 0},
                                    {1, 1, 2, 0},
                                    {10, 10, 11, 9},
                                    {7, 200, 21, 0},
                                    {1000, 5, 1050, 950},
                                    {most, 1, most, 2'126'008'810},
                                    {most, most, most, 0}}};
    for (const Row& row : rows) {
        INFO(row.current, " by ", row.percent, " %");
        CHECK(up(percent(row.percent), row.current) == row.up);
        CHECK(down(percent(row.percent), row.current) == row.down);
    }
}

TEST_CASE("rates: pods, held to what a count can be") {
    CHECK(up(pods(4), 10) == 14);
    CHECK(down(pods(4), 10) == 6);
    CHECK(down(pods(40), 10) == 0);
    CHECK(up(pods(most), most) == most);
}

TEST_CASE("rates: select takes what lets most, or least, or nothing through") {
    const std::vector<RatePolicy> both{{RateKind::pods, 4, 60s}, {RateKind::percent, 100, 60s}};
    CHECK(up(rules(both, Select::max), 10) == 20);
    CHECK(up(rules(both, Select::min), 10) == 14);
    CHECK(up(rules(both, Select::disabled), 10) == 10);
    CHECK(down(rules(both, Select::max), 10) == 0);
    CHECK(down(rules(both, Select::min), 10) == 6);
    CHECK(down(rules(both, Select::disabled), 10) == 10);
}

TEST_CASE("rates: the policy that decides is named, of equal ones the first") {
    const std::vector<RatePolicy> both{{RateKind::pods, 4, 60s}, {RateKind::percent, 100, 60s}};
    CHECK(up_limit(rules(both), {4}, {}, now).rate == 0);
    CHECK(up_limit(rules(both), {5}, {}, now).rate == 1);
    CHECK(up_limit(rules(both, Select::disabled), {5}, {}, now).rate == 0xff);
}

TEST_CASE("rates: an empty list is no limit") {
    CHECK(up(rules({}), 10) == most);
    CHECK(down(rules({}), 10) == 0);
    CHECK(up(rules({}, Select::disabled), 10) == 10);
    CHECK(down(rules({}, Select::disabled), 10) == 10);
}

TEST_CASE("rates: what was done within the period is spent, an event as old as it is not") {
    const PolicyState state{.ups = {{2, now - 60s}, {3, now - 59s}}, .downs = {{1, now - 10s}}};
    const RateLimit limit = up_limit(pods(4), {10}, state, now);
    CHECK(limit.start == Replicas{8});  // 10 - 3 + 1
    CHECK(limit.replicas == Replicas{12});
    CHECK(up(percent(100), 10, state) == 16);
    CHECK(down(pods(4), 10, state) == 4);  // up then down gives budget back
    CHECK(down(percent(50), 10, state) == 4);
}

TEST_CASE("rates: the limit is never behind the current count") {
    const PolicyState added{.ups = {{8, now - 1s}}};
    CHECK(up(pods(4), 10, added) == 10);
    CHECK(up(percent(10), 10, added) == 10);
    const PolicyState removed{.downs = {{8, now - 1s}}};
    CHECK(down(pods(4), 2, removed) == 2);
    const PolicyState shrunk_by_hand{.ups = {{50, now - 1s}}};
    CHECK(up(percent(100), 10, shrunk_by_hand) == 10);
    CHECK(up(pods(4), 0, shrunk_by_hand) == 0);
    CHECK(down(percent(10), 10, shrunk_by_hand) == 0);
}

TEST_CASE("rates: each policy has its own period") {
    const ScalingRules r =
        rules({{RateKind::pods, 4, 15s}, {RateKind::pods, 10, 5min}}, Select::min);
    const PolicyState state{.ups = {{4, now - 40s}, {4, now - 20s}}};
    CHECK(up(r, 18, state) == 20);  // 4 more in 15 s, but only 2 more in 5 min
}

TEST_CASE("rates: from zero percent allows one, pods what they say") {
    CHECK(up(percent(100), 0) == 1);
    CHECK(up(pods(4), 0) == 4);
    const std::vector<RatePolicy> both{{RateKind::pods, 4, 60s}, {RateKind::percent, 100, 60s}};
    CHECK(up(rules(both, Select::min), 0) == 1);
}

TEST_CASE("events: stored by direction, forgotten after the longest period of either") {
    PolicySpec spec = web_policy();
    spec.behavior.up.rates = {{RateKind::pods, 4, 15s}};
    spec.behavior.down.rates = {{RateKind::percent, 10, 60s}};
    PolicyState state;
    record_scale_event(spec, state, {4}, {8}, now);
    record_scale_event(spec, state, {8}, {5}, now + 20s);
    record_scale_event(spec, state, {5}, {5}, now + 30s);
    CHECK(state.ups == std::vector<ScaleEvent>{{4, now}});
    CHECK(state.downs == std::vector<ScaleEvent>{{3, now + 20s}});
    record_scale_event(spec, state, {5}, {6}, now + 60s);
    CHECK(state.ups == std::vector<ScaleEvent>{{1, now + 60s}});
    CHECK(state.downs == std::vector<ScaleEvent>{{3, now + 20s}});
}

TEST_CASE("steps: those that were made in the last hour, whatever the rates") {
    PolicyState state;
    const PolicySpec spec = web_policy();
    record_scale_event(spec, state, {4}, {8}, now);
    record_scale_event(spec, state, {8}, {8}, now + 1min);
    record_scale_event(spec, state, {8}, {5}, now + 59min);
    CHECK(state.steps == std::vector<StepMark>{{now, {4}, {8}}, {now + 59min, {8}, {5}}});
    record_scale_event(spec, state, {5}, {6}, now + 1h);
    CHECK(state.steps == std::vector<StepMark>{{now + 59min, {8}, {5}}, {now + 1h, {5}, {6}}});
}
