// Acceptance: which pods may be changed, at the exact age and difference; evictions that a VPA asks
// for.
#include "policy/vpa/acceptance.h"

#include <array>
#include <cmath>

#include <doctest/doctest.h>

#include "tests/support/vpa_words.h"

using namespace tided;
using namespace tided::policy::vpa;
using namespace std::chrono_literals;

namespace {

constexpr UpdatePriority outside{.is_outside = true};
constexpr UpdatePriority alike{.difference = 0.09};
constexpr UpdatePriority different{.difference = 0.1};

Amounts both(std::int64_t cpu, std::int64_t memory) {
    return {.cpu = Amount{cpu}, .memory = Amount{memory}};
}

}  // namespace

TEST_CASE("acceptance: outside or out of memory at once, else old and different enough") {
    struct Row {
        const char* name = "";
        Candidate candidate{};
        Acceptance expected{};
    };
    const std::array<Row, 11> rows{
        {{"outside", {.priority = outside}, Acceptance::outside},
         {"outside, young", {.priority = outside, .age = 1s}, Acceptance::outside},
         {"quick OOM", {.priority = alike, .has_quick_oom = true}, Acceptance::quick_oom},
         {"quick OOM, no change", {.has_quick_oom = true}, Acceptance::nothing_changes},
         {"quick OOM, outside, no change",
          {.priority = outside, .has_quick_oom = true},
          Acceptance::nothing_changes},
         {"no start", {.priority = different}, Acceptance::unknown_age},
         {"young", {.priority = different, .age = 12h - 1ms}, Acceptance::too_young},
         {"of age", {.priority = different, .age = 12h}, Acceptance::long_lived},
         {"alike", {.priority = alike, .age = 90h}, Acceptance::too_alike},
         {"refused", {.priority = outside, .was_refused = true}, Acceptance::refused},
         {"not a number",
          {.priority = {.difference = std::nan("")}, .age = 90h},
          Acceptance::too_alike}}};
    for (const Row& row : rows) {
        INFO(row.name);
        CHECK(accept(row.candidate, {}) == row.expected);
    }
    CHECK(is_accepted(Acceptance::outside));
    CHECK(is_accepted(Acceptance::quick_oom));
    CHECK(is_accepted(Acceptance::long_lived));
    CHECK(!is_accepted(Acceptance::refused));
    CHECK(!is_accepted(Acceptance::nothing_changes));
}

TEST_CASE("acceptance: a quick OOM is an OOM kill in less than the threshold, of any container") {
    const std::array<Termination, 2> ends{
        {{.was_oom_kill = false, .ran = 1s}, {.was_oom_kill = true, .ran = 10min}}};
    CHECK(!has_quick_oom(ends, 10min));
    CHECK(has_quick_oom(ends, 10min + 1ms));
    CHECK(!has_quick_oom({}, 10min));
}

TEST_CASE("acceptance: less is asked for when one target of one container is lower") {
    const std::array<Recommendation, 1> before{{{.container = "a", .target = both(200, 500)}}};
    const auto is_less = [&](std::string_view name, const Amounts& target) {
        const Recommendation now{.container = name, .target = target};
        return asks_for_less(before, {&now, 1});
    };
    CHECK(is_less("a", both(100, 900)));
    CHECK(is_less("a", both(900, 100)));
    CHECK(!is_less("a", both(200, 500)));
    CHECK(!is_less("a", both(300, 500)));
    CHECK(!is_less("b", both(1, 1)));
    CHECK(!is_less("a", {.cpu = Amount{900}}));
    CHECK(!asks_for_less({}, before));
    CHECK(!asks_for_less(before, {}));
}

TEST_CASE("acceptance: an eviction needs one container that meets every requirement") {
    const EvictionRequirement more_cpu{.cpu = true};
    const EvictionRequirement more{.cpu = true, .memory = true};
    const EvictionRequirement less_memory{.memory = true, .direction = Direction::lower};
    const std::array<EvictionRequirement, 2> opposite{more_cpu, less_memory};
    const Container web{.name = "web", .requests = both(500, 1000)};
    const auto is_met = [&](const Amounts& target, std::span<const EvictionRequirement> all) {
        const Recommendation recommendation{.container = "web", .target = target};
        return meets({&web, 1}, {&recommendation, 1}, all);
    };
    CHECK(is_met(both(600, 900), opposite));
    CHECK(!is_met(both(600, 1000), opposite));
    CHECK(!is_met(both(500, 900), opposite));
    CHECK(is_met(both(500, 1001), {&more, 1}));
    CHECK(!is_met(both(500, 1000), {&more, 1}));
    CHECK(is_met(both(500, 1000), {}));
}

TEST_CASE("acceptance: without a request any requirement is met, without a recommendation none") {
    const EvictionRequirement more_cpu{.cpu = true};
    const Container bare{.name = "web", .requests = {.cpu = Amount{500}}};
    const Recommendation own{.container = "web", .target = both(1, 1)};
    CHECK(meets({&bare, 1}, {&own, 1}, {&more_cpu, 1}));
    CHECK(!meets({&bare, 1}, {}, {}));
}
