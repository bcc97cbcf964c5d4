// Limits: the ratio to the request, what stands in for what is not set, the end of int64.
#include "policy/vpa/limits.h"

#include <array>

#include <doctest/doctest.h>

#include "tests/support/random_draws.h"
#include "tests/support/vpa_words.h"

using namespace tided;
using namespace tided::policy::vpa;

namespace {

constexpr std::int64_t end_of_range = largest_amount.count;

}  // namespace

TEST_CASE("limits: an amount is scaled down or up to a whole one, and capped at the end of int64") {
    struct Row {
        std::int64_t amount{};
        std::int64_t to{};
        std::int64_t from{};
        Rounding rounding{};
        Scaled expected{};
    };
    constexpr Rounding up = Rounding::up;
    constexpr Rounding down = Rounding::down;
    const std::array<Row, 11> rows{
        {{2000, 10'000, 1000, down, {{20'000}}},
         {15, 90, 115, down, {{11}}},
         {100, 150, 115, up, {{131}}},
         {100, 150, 100, up, {{150}}},
         {0, 5, 7, up, {{0}}},
         {7, 0, 7, up, {{0}}},
         {7, 5, 0, up, {{7}, Scaling::division_by_zero}},
         {10'000'000'000'000, 10'000'000'000'000, 1, down, {{end_of_range}, Scaling::capped}},
         {end_of_range, end_of_range, end_of_range, up, {{end_of_range}}},
         {end_of_range, 3, 2, up, {{end_of_range}, Scaling::capped}},
         {end_of_range, end_of_range - 1, end_of_range, up, {{end_of_range - 1}}}}};
    for (const Row& row : rows) {
        CAPTURE(row.amount);
        CAPTURE(row.to);
        CHECK(scaled({row.amount}, {.to = {row.to}, .from = {row.from}}, row.rounding) ==
              row.expected);
    }
}

TEST_CASE("limits: a sum of amounts stays at the end of int64") {
    CHECK(Amount{2} + Amount{3} == Amount{5});
    CHECK(largest_amount + Amount{1} == largest_amount);
    CHECK(largest_amount + largest_amount == largest_amount);
}

TEST_CASE("limits: a limit keeps its ratio to the request; what is not set is stood in for") {
    struct Row {
        const char* name = "";
        Setting setting{};
        std::int64_t target{};
        std::int64_t limit{};  ///< 0: none is set
    };
    const std::array<Row, 8> rows{
        {{"twice the request", {.request = {1000}, .limit = {2000}}, 10'000, 20'000},
         {"rounded down", {.request = {150}, .limit = {200}}, 100, 133},
         {"as the request", {.request = {50}, .limit = {50}}, 70, 70},
         {"no request", {.limit = {2}}, 10, 10},
         {"no limit", {.request = {1}}, 10, 0},
         {"the default limit", {.request = {1}, .default_limit = {2}}, 10, 20},
         {"its own limit first", {.request = {1}, .limit = {3}, .default_limit = {2}}, 10, 30},
         {"no target", {.request = {1}, .limit = {2}}, 0, 0}}};
    for (const Row& row : rows) {
        INFO(row.name);
        const auto limit = proportional_limit(row.setting, {row.target});
        CHECK((limit ? limit->amount : Amount{}) == Amount{row.limit});
    }
}

TEST_CASE("limits: the request for a limit is the inverse, and none without a limit") {
    CHECK(request_for_limit({.request = {50}, .limit = {600}}, {500}) == Amount{41});
    CHECK(request_for_limit({.request = {50}, .default_limit = {100}}, {500}) == Amount{250});
    CHECK(request_for_limit({.limit = {600}}, {500}) == Amount{500});
    CHECK(request_for_limit({.request = {50}}, {500}) == Amount{});
}

TEST_CASE(
    "limits: the request for a limit never brings a higher limit, one more does or is as high") {
    RandomDraws draws{7};
    for (int i = 0; i < 10'000; ++i) {
        const Setting setting{.request = {1 + draws.below(1'000'000)},
                              .limit = {1 + draws.below(1'000'000'000)}};
        const Amount bound{1 + draws.below(1'000'000'000'000)};
        const Amount request = request_for_limit(setting, bound);
        CAPTURE(setting.request);
        CAPTURE(setting.limit);
        CAPTURE(bound);
        if (request > Amount{}) {
            CHECK(proportional_limit(setting, request)->amount <= bound);
        }
        CHECK(proportional_limit(setting, request + Amount{1})->amount >= bound);
    }
}

TEST_CASE("limits: admission sets the requests, and limits where they are controlled and known") {
    const Container container{.name = "web",
                              .requests = {.cpu = Amount{100}, .memory = Amount{1000}},
                              .limits = {.cpu = Amount{200}}};
    const Amounts target{.cpu = Amount{150}, .memory = Amount{3000}};
    CHECK(admitted(container, target, ControlledValues::requests_and_limits, {}) ==
          Admitted{.requests = target, .limits = {.cpu = Amount{300}}});
    CHECK(admitted(
              container, target, ControlledValues::requests_and_limits, {.memory = Amount{2000}}) ==
          Admitted{.requests = target, .limits = {.cpu = Amount{300}, .memory = Amount{6000}}});
    CHECK(admitted(container, target, ControlledValues::requests_only, {}) ==
          Admitted{.requests = target});
    CHECK(admitted(container, {.memory = Amount{5}}, ControlledValues::requests_and_limits, {}) ==
          Admitted{.requests = {.memory = Amount{5}}});
}
