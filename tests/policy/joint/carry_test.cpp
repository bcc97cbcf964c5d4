#include "policy/joint/carry.h"

#include <array>
#include <limits>

#include <doctest/doctest.h>

#include "tests/policy/joint/joint_rig.h"

using namespace tided;
using namespace tided::policy::joint;

TEST_CASE("carry: cpu carries its target less what is used without work") {
    Settings settings = api_settings();
    CHECK(carried_by(MilliCpu{2000}, settings).count == doctest::Approx(1.4));
    settings.idle = {0.05};
    CHECK(carried_by(MilliCpu{2000}, settings).count == doctest::Approx(1.35));
    CHECK(carried_by(MilliCpu{50}, settings) == Cores{});
    CHECK(work_behind({3.0}, {20}, settings).count == doctest::Approx(2.0));
    CHECK(work_behind({0.5}, {20}, settings) == Cores{});
}

TEST_CASE("carry: memory carries what is left above its fixed part") {
    const Settings settings = api_settings();
    const MemoryNeed grows{.model = {.fixed = 512 * mib, .per_core = 512 * mib}};
    CHECK(carried_by(2 * gib, grows, settings) == Cores{3.0});
    CHECK(carried_by(512 * mib, grows, settings) == Cores{});

    const MemoryNeed fixed{.model = {.fixed = gib}, .floor = 2 * gib};
    CHECK(carried_by(2 * gib, fixed, settings).count == std::numeric_limits<double>::infinity());
    CHECK(carried_by(Bytes{(2 * gib).count - 1}, fixed, settings) == Cores{});
}

TEST_CASE("carry: the largest memory counts as enough when none is") {
    const Settings settings = api_settings();
    const MemoryNeed need{.model = {.fixed = gib}, .floor = 9 * gib};
    CHECK(is_beyond_grid(need, settings));
    CHECK(carried_by(8 * gib, need, settings) > Cores{1e9});
    CHECK(carried_by(6 * gib, need, settings) == Cores{});
    CHECK_FALSE(is_beyond_grid({.floor = 8 * gib}, settings));
}

TEST_CASE("carry: the count is demand by load, rounded up") {
    struct Row {
        const char* name;
        double demand;
        double load;
        std::int32_t least;
        std::int32_t count;
    };
    constexpr std::int32_t uncountable = std::numeric_limits<std::int32_t>::max();
    constexpr double infinite = std::numeric_limits<double>::infinity();
    const std::array<Row, 10> rows{{{"rounded up", 2.2, 0.7, 0, 4},
                                    {"noise of a division is not a replica", 2.1, 0.7, 0, 3},
                                    {"one more for a little more", 2.1001, 0.7, 0, 4},
                                    {"at least", 2.1, 0.7, 5, 5},
                                    {"nothing to do", 0.0, 0.7, 0, 0},
                                    {"nothing to do, but wanted", 0.0, 0.0, 2, 2},
                                    {"nothing carried", 1.0, 0.0, 0, uncountable},
                                    {"carried without end", 1e9, infinite, 1, 1},
                                    {"demand without end", infinite, 1.0, 1, uncountable},
                                    {"too many to count", 1e12, 1.0, 1, uncountable}}};
    for (const Row& row : rows) {
        INFO(row.name);
        CHECK(replicas_for({row.demand}, {row.load}, {row.least}) == Replicas{row.count});
    }
}

TEST_CASE("carry: max and quota bound the count of a size") {
    Settings settings = api_settings();
    CHECK(most_of({{1000}, gib}, settings) == Replicas{40});
    settings.quota = {.cpu = MilliCpu{10'500}, .memory = 32 * gib};
    CHECK(most_of({{1000}, gib}, settings) == Replicas{10});
    CHECK(most_of({{1000}, 8 * gib}, settings) == Replicas{4});
    CHECK(most_of({{11'000}, gib}, settings) == Replicas{0});
}
