// Target tracking: HPA's two formulas, their tolerance, and doubles that no count can hold.
#include "policy/target_tracking.h"

#include <array>
#include <limits>

#include <doctest/doctest.h>

#include "policy/strategies.h"
#include "tests/support/policy_words.h"

using namespace tided;
using namespace tided::policy;

namespace {

constexpr std::int32_t most = std::numeric_limits<std::int32_t>::max();

Observed counts(std::int32_t replicas, std::int32_t present, std::int32_t ready) {
    return {.replicas = {replicas}, .present = {present}, .ready = {ready}};
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
        CHECK(track_value({.value = row.value, .amount = 100.0, .observed = row.observed}) ==
              row.proposal);
    }
}

TEST_CASE("value: without a ready replica only the tolerance can be judged") {
    CHECK(track_value({.value = 300.0, .amount = 100.0, .observed = counts(4, 4, 0)}) ==
          std::nullopt);
    CHECK(track_value({.value = 100.0, .amount = 100.0, .observed = counts(4, 4, 0)}) ==
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
        CHECK(track_average_value(
                  {.value = row.value, .amount = 100.0, .observed = row.observed}) == row.proposal);
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

TEST_CASE("strategies: one row per kind of target") {
    for (const TargetKind kind : {TargetKind::value, TargetKind::average_value}) {
        CHECK(strategy_of(kind).kind == kind);
    }
    CHECK(strategies().size() == 3);
}
