// Disruption: how many of a group go at once, and never more than its tolerance.
#include "policy/vpa/disruption.h"

#include <array>
#include <cmath>
#include <limits>

#include <doctest/doctest.h>

#include "tests/support/policy_words.h"
#include "tests/support/random_draws.h"

using namespace tided;
using namespace tided::policy::vpa;

namespace {

/// How many pods go one after the other.
std::int32_t in_one_round(Group group, const DisruptionSettings& settings) {
    while (may_disrupt(group, settings)) {
        ++group.disrupted.count;
    }
    return group.disrupted.count;
}

}  // namespace

TEST_CASE("disruption: half of a group at once, one of a small one, none while pods are missing") {
    struct Row {
        std::int32_t configured;
        std::int32_t running;
        double fraction;
        std::int32_t expected;
    };
    const std::array<Row, 11> rows{{{1, 1, 0.5, 1},
                                    {1, 1, 0.0, 1},
                                    {2, 2, 0.5, 1},
                                    {3, 3, 0.5, 1},
                                    {4, 4, 0.5, 2},
                                    {10, 10, 0.5, 5},
                                    {10, 9, 0.5, 4},
                                    {2, 1, 0.5, 0},
                                    {3, 2, 0.25, 0},
                                    {4, 6, 0.5, 4},
                                    {3, 2, 1.0, 2}}};
    for (const Row& row : rows) {
        CAPTURE(row.configured);
        CAPTURE(row.running);
        CAPTURE(row.fraction);
        CHECK(in_one_round({.configured = {row.configured}, .running = {row.running}},
                           {.fraction = Ratio{row.fraction}}) == row.expected);
    }
}

TEST_CASE("disruption: the tolerance is truncated, clamped, and none when not a number") {
    constexpr std::int32_t most = std::numeric_limits<std::int32_t>::max();
    CHECK(tolerance({3}, Ratio{0.5}) == Replicas{1});
    CHECK(tolerance({10}, Ratio{0.29}) == Replicas{2});
    CHECK(tolerance({most}, Ratio{1e9}) == Replicas{most});
    CHECK(tolerance({10}, Ratio{-1.0}) == Replicas{0});
    CHECK(tolerance({10}, Ratio{std::nan("")}) == Replicas{0});
}

TEST_CASE("disruption: a group with fewer live pods than the minimum is left alone") {
    CHECK(!is_large_enough({.running = {1}}, {}));
    CHECK(is_large_enough({.running = {1}, .pending = {1}}, {}));
    CHECK(is_large_enough({.running = {1}}, {.min_replicas = {1}}));
}

TEST_CASE(
    "disruption: property: what goes leaves configured less the tolerance, or is a single one") {
    RandomDraws draws{17};
    for (int i = 0; i < 20'000; ++i) {
        const Group group{.configured = {draws.below(60)}, .running = {draws.below(70)}};
        const DisruptionSettings settings{.fraction = Ratio{0.01 * draws.below(130)}};
        const std::int32_t gone = in_one_round(group, settings);
        const std::int32_t spare = tolerance(group.configured, settings.fraction).count;
        CAPTURE(group.configured);
        CAPTURE(group.running);
        CAPTURE(settings.fraction);
        CHECK(gone <= group.running.count);
        const bool is_single =
            spare == 0 && gone == 1 && group.running.count >= group.configured.count;
        CHECK((gone == 0 || is_single ||
               group.running.count - gone >= group.configured.count - spare));
    }
}
