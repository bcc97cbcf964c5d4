// Threshold: bounds, the three ways to change, and that a change asked for at every tick is one.
#include "policy/threshold.h"

#include <array>
#include <limits>

#include <doctest/doctest.h>

#include "tests/support/policy_words.h"
#include "tests/support/strategy_rig.h"

using namespace tided;
using namespace tided::policy;
using namespace std::chrono_literals;

namespace {

constexpr Adjustment two_more{.amount = 2};
constexpr Adjustment one_fewer{.amount = -1};
const Threshold cpu{.above = 80.0, .add = two_more, .below = 20.0, .remove = one_fewer};

}  // namespace

TEST_CASE("threshold: strictly above adds, strictly below removes, in between the count stays") {
    struct Row {
        double value;
        std::int32_t count;
    };
    const std::array<Row, 6> rows{
        {{80.0, 5}, {80.1, 7}, {1e300, 7}, {20.0, 5}, {19.9, 4}, {-1e300, 4}}};
    for (const Row& row : rows) {
        INFO(row.value);
        CHECK(StrategyRig{cpu, 5}.count(row.value) == row.count);
    }
    CHECK(StrategyRig{cpu, 5}.ask(50.0)->within_tolerance);
}

TEST_CASE("threshold: one side alone leaves the other at rest") {
    CHECK(StrategyRig{Threshold{.above = 80.0, .add = two_more}, 5}.count(-1e9) == 5);
    CHECK(StrategyRig{Threshold{.below = 20.0, .remove = one_fewer}, 5}.count(1e9) == 5);
}

TEST_CASE("threshold: percent are rounded away from the count, at least one") {
    struct Row {
        std::int32_t replicas;
        std::int32_t percent;
        std::int32_t count;
    };
    const std::array<Row, 9> rows{{{10, 10, 11},
                                   {11, 10, 13},
                                   {1, 1, 2},
                                   {0, 50, 1},
                                   {10, -10, 9},
                                   {11, -10, 9},
                                   {1, -1, 0},
                                   {0, -10, 0},
                                   {7, -100, 0}}};
    for (const Row& row : rows) {
        INFO(row.replicas << " by " << row.percent << " percent");
        const Adjustment change{.by = ChangeBy::percent, .amount = row.percent};
        const Threshold rule = row.percent > 0 ? Threshold{.above = 80.0, .add = change}
                                               : Threshold{.below = 20.0, .remove = change};
        CHECK(StrategyRig{rule, row.replicas}.count(row.percent > 0 ? 90.0 : 0.0) == row.count);
    }
}

TEST_CASE("threshold: an exact count only goes its own way") {
    const Threshold rule{
        .above = 80.0, .add = {ChangeBy::exact, 8}, .below = 20.0, .remove = {ChangeBy::exact, 2}};
    CHECK(StrategyRig{rule, 5}.count(90.0) == 8);
    CHECK(StrategyRig{rule, 9}.count(90.0) == 9);
    CHECK(StrategyRig{rule, 5}.count(10.0) == 2);
    CHECK(StrategyRig{rule, 1}.count(10.0) == 1);
}

TEST_CASE("threshold: what does not fit into a count is held") {
    constexpr std::int32_t most = std::numeric_limits<std::int32_t>::max();
    CHECK(StrategyRig{cpu, most}.count(90.0) == most);
    CHECK(StrategyRig{cpu, 0}.count(10.0) == 0);
}

TEST_CASE("threshold: ticks of 5 s under steady pressure add once a cool-down") {
    PolicyRig rig = rig_of("cpu", cpu, 4);
    std::int32_t at_once = 0;
    for (int second = 0; second < 180; second += 5) {
        INFO("after " << second << " s");
        CHECK(rig.tick({95.0}, 5s).desired == Replicas{6 + 2 * (second / 60)});
        at_once = std::max(at_once, rig.observed.replicas.count);
    }
    CHECK(at_once == 10);
}

TEST_CASE("threshold: steady silence removes once a cool-down, and stops at the minimum") {
    PolicyRig rig = rig_of("cpu", cpu, 4);
    for (int second = 0; second < 300; second += 5) {
        INFO("after " << second << " s");
        CHECK(rig.tick({5.0}, 5s).desired == Replicas{std::max(1, 3 - second / 60)});
    }
}

TEST_CASE("threshold: noise round a bound moves once, a gap in the data not at all") {
    PolicyRig rig = rig_of("cpu", cpu, 4);
    for (int i = 0; i < 10; ++i) {
        CHECK(rig.tick({i % 2 == 0 ? 81.0 : 79.0}, 5s).desired == Replicas{6});
    }
    CHECK(rig.decide({Reading::absent(Absence::no_series)}).desired == Replicas{6});
    rig.now += 5min;
    CHECK(rig.decide({Reading::of(95.0, 31s, 30s)}).desired == Replicas{6});
    CHECK(rig.decide({fresh(95.0)}).desired == Replicas{8});
}

TEST_CASE("threshold: a step of the other direction is no reason to wait") {
    PolicyRig rig = rig_of("cpu", cpu, 4);
    CHECK(rig.tick({5.0}, 5s).desired == Replicas{3});
    CHECK(rig.tick({95.0}, 5s).desired == Replicas{5});
}

TEST_CASE("threshold: what made steps longer ago than any rate is kept for the cool-down") {
    PolicyRig rig = rig_of("cpu", cpu, 4);
    rig.spec.behavior.up.rates.clear();
    rig.tick({95.0}, 10s);
    record_scale_event(rig.spec, rig.state, {6}, {7}, rig.now);
    rig.observed = all_ready(7);
    CHECK(rig.decide({fresh(95.0)}).desired == Replicas{7});
    CHECK(rig.state.ups.size() == 2);
}

TEST_CASE("threshold: in words") {
    PolicyRig rig = rig_of("cpu", cpu, 4);
    CHECK(rig.explain(rig.decide({fresh(95.0)})) ==
          "web: 4 -> 6 because cpu is 95 (above 80: 2 more)");
    rig.tick({95.0}, 5s);
    CHECK(
        rig.explain(rig.decide({fresh(95.0)})) ==
        "web: stays at 6 because cpu is 95 (above 80: 2 more than the 4 before the changes of the "
        "last 1m)");
    CHECK(rig.explain(rig.decide({fresh(50.0)})) ==
          "web: stays at 6 because cpu is 50 (between 20 and 80)");
    CHECK(rig.explain(rig.decide({fresh(5.0)})) ==
          "web: 6 -> 5 because cpu is 5 (below 20: 1 fewer)");
    rig.now += 1min;
    rig.spec.metrics[0].rule = Threshold{.above = 80.0, .add = {ChangeBy::exact, 9}};
    CHECK(rig.explain(rig.decide({fresh(95.0)})) ==
          "web: 6 -> 9 because cpu is 95 (above 80: at least 9)");
    CHECK(rig.explain(rig.decide({fresh(5.0)})) ==
          "web: stays at 6 because cpu is 5 (not above 80)");
}
