// Update priority: what counts as outside and as more, how differences add up, and the order.
#include "policy/vpa/update_priority.h"

#include <array>
#include <string>

#include <doctest/doctest.h>

#include "tests/support/vpa_words.h"

using namespace tided;
using namespace tided::policy::vpa;

namespace {

Amounts both(std::int64_t cpu, std::int64_t memory) {
    return {.cpu = Amount{cpu}, .memory = Amount{memory}};
}

UpdatePriority of(const Container& container, const Recommendation& recommendation) {
    return update_priority({&container, 1}, {&recommendation, 1});
}

}  // namespace

TEST_CASE("update priority: the relative differences of CPU and memory add up") {
    const Container web{.name = "web", .requests = both(4000, 20'000'000)};
    CHECK(of(web, {.container = "web", .target = both(2000, 10'000'000)}) ==
          UpdatePriority{.difference = 1.0});
    CHECK(of(web, {.container = "web", .target = both(4000, 25'000'000)}) ==
          UpdatePriority{.wants_more = true, .difference = 0.25});
    CHECK(of(web, {.container = "db", .target = both(2000, 10'000'000)}) == UpdatePriority{});
}

TEST_CASE(
    "update priority: totals of all containers are compared, so that opposite wishes cancel") {
    const std::array<Container, 2> pod{
        {{.name = "a", .requests = both(1000, 1)}, {.name = "b", .requests = both(2000, 1)}}};
    const std::array<Recommendation, 2> all{
        {{.container = "a", .target = both(2000, 1)}, {.container = "b", .target = both(1000, 1)}}};
    CHECK(update_priority(pod, all) == UpdatePriority{.wants_more = true});
}

TEST_CASE(
    "update priority: a missing request is outside, wants more and counts as one thousandth") {
    const Container bare{.name = "web"};
    CHECK(of(bare, {.container = "web", .target = {.cpu = Amount{10}}}) ==
          UpdatePriority{.is_outside = true, .wants_more = true, .difference = 9.0});
    CHECK(of(bare, {.container = "web", .target = {.memory = Amount{10}}}) ==
          UpdatePriority{.is_outside = true, .wants_more = true, .difference = 9999.0});
}

TEST_CASE(
    "update priority: outside is beyond a bound, not at it, and only of resources with a target") {
    const Container web{.name = "web", .requests = both(100, 100)};
    const auto is_outside = [&](const Amounts& lower, const Amounts& upper) {
        return of(web,
                  {.container = "web", .target = both(100, 100), .lower = lower, .upper = upper})
            .is_outside;
    };
    CHECK(!is_outside(both(100, 100), both(100, 100)));
    CHECK(is_outside(both(101, 1), {}));
    CHECK(is_outside({}, both(1000, 99)));
    CHECK(!is_outside({}, {}));
    CHECK(!of(web, {.container = "web", .target = {.cpu = Amount{100}}, .lower = both(1, 900)})
               .is_outside);
}

TEST_CASE("update priority: containers that are not observed do not count") {
    const Container web{.name = "web", .requests = both(100, 100), .is_observed = false};
    CHECK(of(web, {.container = "web", .target = both(900, 900), .lower = both(500, 500)}) ==
          UpdatePriority{});
}

TEST_CASE("update priority: amounts at the end of int64 give a finite difference") {
    const std::array<Container, 2> pod{{{.name = "a", .requests = {.memory = largest_amount}},
                                        {.name = "b", .requests = {.memory = largest_amount}}}};
    const std::array<Recommendation, 2> all{{{.container = "a", .target = {.memory = Amount{}}},
                                             {.container = "b", .target = {.memory = Amount{}}}}};
    CHECK(update_priority(pod, all) == UpdatePriority{.difference = 1.0});
}

TEST_CASE(
    "update priority: who wants more comes first, then the larger difference, then the name") {
    std::array<RankedPod, 5> pods{
        {{.pod = "e", .priority = {.difference = 0.25}},
         {.pod = "d", .priority = {.difference = 0.25}},
         {.pod = "c", .priority = {.is_outside = true, .difference = 0.5}},
         {.pod = "b", .priority = {.wants_more = true, .difference = 0.1}},
         {.pod = "a", .priority = {.wants_more = true, .difference = 9.0}}}};
    sort_by_priority(pods);
    std::string order;
    for (const RankedPod& pod : pods) {
        order += pod.pod;
    }
    CHECK(order == "abcde");
    CHECK(is_lower(pods[4].priority, pods[0].priority));
    CHECK(!is_lower(pods[3].priority, pods[4].priority));
}
