// Target tracking: HPA's two formulas, their tolerance, and doubles that no count can hold.
#include "policy/target_tracking.h"

#include <array>
#include <limits>

#include <doctest/doctest.h>

#include "policy/strategies.h"
#include "tests/support/policy_words.h"
#include "tests/support/strategy_rig.h"

using namespace tided;
using namespace tided::policy;

namespace {

constexpr std::int32_t most = std::numeric_limits<std::int32_t>::max();

Observed counts(std::int32_t replicas, std::int32_t present, std::int32_t ready) {
    return {.replicas = {replicas}, .present = {present}, .ready = {ready}};
}

/// At a target of 100.
std::optional<Proposal> tracked(TargetKind kind, double value, const Observed& observed) {
    StrategyRig rig{Target{.kind = kind, .amount = 100.0}, 0};
    rig.observed = observed;
    return rig.ask(value);
}

}  // namespace

TEST_CASE("value: ratio times ready, rounded up; the tolerance keeps what is asked for") {
    struct Row {
        const char* name;
        double value;
        Observed observed;
        Proposal proposal;
    };
    const std::array<Row, 11> rows{
        {{"above", 150.0, counts(4, 4, 4), {.replicas = {6}}},
         {"rounded up", 151.0, counts(4, 4, 4), {.replicas = {7}}},
         {"only the ready ones count", 250.0, counts(4, 4, 2), {.replicas = {5}}},
         {"above the target never fewer", 150.0, counts(20, 20, 5), {.replicas = {20}}},
         {"below the target never more", 80.0, counts(4, 8, 8), {.replicas = {4}}},
         {"below", 40.0, counts(4, 4, 4), {.replicas = {2}}},
         {"zero", 0.0, counts(4, 4, 4), {.replicas = {0}}},
         {"upper edge of the tolerance", 110.0, counts(4, 6, 2), {{4}, true}},
         {"past the upper edge", 110.1, counts(4, 4, 4), {.replicas = {5}}},
         {"from zero: ceil(ratio), no tolerance", 105.0, counts(0, 0, 0), {.replicas = {2}}},
         {"saturates", 1e300, counts(4, 4, 4), {.replicas = {most}}}}};
    for (const Row& row : rows) {
        INFO(row.name);
        CHECK(tracked(TargetKind::value, row.value, row.observed) == row.proposal);
    }
}

TEST_CASE("value: without a ready replica only the tolerance can be judged") {
    CHECK(tracked(TargetKind::value, 300.0, counts(4, 4, 0)) == std::nullopt);
    CHECK(tracked(TargetKind::value, 100.0, counts(4, 4, 0)) ==
          Proposal{.replicas = {4}, .within_tolerance = true});
}

TEST_CASE("average_value: value by amount, rounded up; the tolerance keeps what is present") {
    struct Row {
        const char* name;
        double value;
        Observed observed;
        Proposal proposal;
    };
    const std::array<Row, 8> rows{
        {{"above", 701.0, counts(4, 4, 4), {.replicas = {8}}},
         {"readiness does not count", 701.0, counts(4, 4, 0), {.replicas = {8}}},
         {"below", 120.0, counts(4, 4, 4), {.replicas = {2}}},
         {"lower edge of the tolerance", 360.0, counts(4, 4, 4), {{4}, true}},
         {"past the lower edge", 359.0, counts(4, 4, 4), {.replicas = {4}}},
         {"present, not asked for", 610.0, counts(4, 6, 4), {{6}, true}},
         {"from zero", 105.0, counts(0, 0, 0), {.replicas = {2}}},
         {"nothing from zero", 0.0, counts(0, 0, 0), {.replicas = {0}}}}};
    for (const Row& row : rows) {
        INFO(row.name);
        CHECK(tracked(TargetKind::average_value, row.value, row.observed) == row.proposal);
    }
}

TEST_CASE("tolerance: a closed interval, one width for each direction") {
    const Tolerance tolerance{.down = Ratio{0.2}, .up = Ratio{0.1}};
    CHECK(is_within(1.1, tolerance));
    CHECK(is_within(0.8, tolerance));
    CHECK_FALSE(is_within(1.1000000000000003, tolerance));
    CHECK_FALSE(is_within(0.7999999999999999, tolerance));
    CHECK_FALSE(is_within(std::numeric_limits<double>::quiet_NaN(), tolerance));
    CHECK_FALSE(is_within(std::numeric_limits<double>::infinity(),
                          {.down = Ratio{0.0}, .up = Ratio{1e308}}));
}

TEST_CASE("rounded_up: no double escapes what a count can be") {
    CHECK(rounded_up(0.0000001) == Replicas{1});
    CHECK(rounded_up(2.0) == Replicas{2});
    CHECK(rounded_up(-5.5) == Replicas{0});
    CHECK(rounded_up(std::numeric_limits<double>::quiet_NaN()) == Replicas{0});
    CHECK(rounded_up(std::numeric_limits<double>::infinity()) == Replicas{most});
    CHECK(rounded_up(-std::numeric_limits<double>::infinity()) == Replicas{0});
    CHECK(rounded_up(2'147'483'646.5) == Replicas{most});
    CHECK(rounded_up(2'147'483'648.0) == Replicas{most});
}

TEST_CASE("strategies: each rule has its row, an input has none") {
    CHECK(strategy_of(Target{})->key == "target");
    CHECK(strategy_of(Threshold{})->key == "threshold");
    CHECK(strategy_of(Steps{})->key == "steps");
    CHECK(strategy_of(Backlog{})->key == "backlog");
    CHECK(strategy_of(PassThrough{})->key == "pass_through");
    CHECK(strategy_of(Latency{})->key == "latency");
    CHECK(strategy_of(Capacity{})->key == "capacity");
    CHECK(strategy_of(Input{}) == nullptr);
}

TEST_CASE("level: what a rule holds its metric at, for a gauge") {
    CHECK(level_of(Target{.amount = 7.0}) == 7.0);
    CHECK(level_of(Latency{.objective = 0.25}) == 0.25);
    CHECK(level_of(Capacity{.amount = 100.0}) == 100.0);
    CHECK(level_of(Backlog{.per_replica = 60.0}) == 60.0);
    CHECK(level_of(Backlog{.drain_within = std::chrono::minutes{5}}) == std::nullopt);
    CHECK(level_of(Threshold{}) == std::nullopt);
}
