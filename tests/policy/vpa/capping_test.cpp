// Capping: each step with its bounds, their order, the sums of a pod, and bounds kept whatever
// comes.
#include "policy/vpa/capping.h"

#include <algorithm>
#include <array>
#include <vector>

#include <doctest/doctest.h>

#include "tests/support/random_draws.h"
#include "tests/support/vpa_words.h"

using namespace tided;
using namespace tided::policy::vpa;

namespace {

constexpr std::int64_t mega = 1'000'000;

Amounts cpu(std::int64_t count) {
    return {.cpu = Amount{count}};
}

Amounts memory(std::int64_t count) {
    return {.memory = Amount{count}};
}

Container container(std::string_view name, const Amounts& requests, const Amounts& limits) {
    return {.name = name, .requests = requests, .limits = limits};
}

/// The target of the only container.
Capped capped_one(const Container& only, const Amounts& target, const CappingRules& rules) {
    const std::array<Recommendation, 1> recommendations{
        {{.container = only.name, .target = target}}};
    CappingRules with_pod = rules;
    with_pod.containers = {&only, 1};
    const std::vector<Capped> result = capped(recommendations, with_pod);
    REQUIRE(result.size() == 1);
    return result[0];
}

}  // namespace

TEST_CASE("capping: the LimitRange of a container bounds its limit and its request from below") {
    const Container web = container("web", memory(50 * mega), memory(600 * mega));
    const CappingRules rules{
        .container_range = LimitRange{.min = memory(500 * mega), .max = memory(12'000 * mega)}};
    const Capped low = capped_one(web, memory(200 * mega), rules);
    CHECK(low.recommendation.target == memory(500 * mega));
    CHECK(low.memory.has(Cap::range_min));
    CHECK(!low.memory.has(Cap::range_max));
    const Capped high = capped_one(web, memory(2000 * mega), rules);
    CHECK(high.recommendation.target == memory(1000 * mega));
    CHECK(high.memory.has(Cap::range_max));
    CHECK(capped_one(web, memory(700 * mega), rules).memory == Caps{});
}

TEST_CASE("capping: the policy is applied after the LimitRange and may break it; max wins") {
    const Container web = container("web", cpu(100), cpu(100));
    const std::array<ContainerPolicy, 1> policies{
        {{.container = "web", .min_allowed = cpu(800), .max_allowed = cpu(700)}}};
    const Capped result = capped_one(
        web, cpu(600), {.policies = policies, .container_range = LimitRange{.max = cpu(500)}});
    CHECK(result.recommendation.target == cpu(700));
    CHECK(result.cpu.has(Cap::range_max));
    CHECK(result.cpu.has(Cap::min_allowed));
    CHECK(result.cpu.has(Cap::max_allowed));
}

TEST_CASE("capping: RequestsOnly keeps a request within the limit there is, last of all") {
    const Container web = container("web", cpu(100), cpu(500));
    std::array<ContainerPolicy, 1> policies{{{.min_allowed = cpu(800)}}};
    CHECK(capped_one(web, cpu(600), {.policies = policies}).recommendation.target == cpu(800));
    policies[0].controlled = ControlledValues::requests_only;
    const Capped result = capped_one(web, cpu(600), {.policies = policies});
    CHECK(result.recommendation.target == cpu(500));
    CHECK(result.cpu.has(Cap::container_limit));
    const Container unlimited = container("web", cpu(100), {});
    CHECK(capped_one(unlimited, cpu(600), {.policies = policies}).recommendation.target ==
          cpu(800));
}

TEST_CASE("capping: a bound of zero is none") {
    const Container web = container("web", cpu(100), cpu(100));
    const std::array<ContainerPolicy, 1> policies{{{.min_allowed = cpu(0), .max_allowed = cpu(0)}}};
    const Capped result = capped_one(
        web,
        cpu(600),
        {.policies = policies, .container_range = LimitRange{.min = cpu(0), .max = cpu(0)}});
    CHECK(result.recommendation.target == cpu(600));
    CHECK(result.cpu == Caps{});
}

TEST_CASE("capping: a policy by name takes the place of the one for any, unmerged") {
    const std::array<ContainerPolicy, 2> policies{
        {{.max_allowed = cpu(1)}, {.container = "web", .min_allowed = cpu(2)}}};
    CHECK(policy_for(policies, "web") == &policies[1]);
    CHECK(policy_for(policies, "db") == &policies[0]);
    CHECK(policy_for({}, "db") == nullptr);
}

TEST_CASE("capping: two LimitRanges give the higher min, the lower max and the last default") {
    const LimitRange range = both({.min = cpu(1), .max = cpu(9), .default_limit = cpu(5)},
                                  {.min = {.cpu = Amount{2}, .memory = Amount{3}},
                                   .max = {.cpu = Amount{10}, .memory = Amount{8}},
                                   .default_limit = memory(4)});
    CHECK(range.min == Amounts{.cpu = Amount{2}, .memory = Amount{3}});
    CHECK(range.max == Amounts{.cpu = Amount{9}, .memory = Amount{8}});
    CHECK(range.default_limit == memory(4));
    CHECK(both(range, {}).default_limit == memory(4));
}

TEST_CASE("capping: a pod outside its LimitRange is scaled as a whole") {
    struct Row {
        const char* name = "";
        LimitRange range{};
        Resource resource{};
        std::int64_t request{};
        std::int64_t limit{};
        std::array<std::int64_t, 2> targets{};
        std::array<std::int64_t, 2> expected{};
    };
    constexpr Resource bytes = Resource::memory;
    const std::array<Row, 9> rows{
        {{"CPU up to min", {.min = cpu(150)}, Resource::cpu, 1, 1, {15, 100}, {20, 131}},
         {"CPU down to max", {.max = cpu(90)}, Resource::cpu, 1, 1, {15, 100}, {11, 78}},
         {"memory up to min", {.min = memory(400)}, bytes, 5, 5, {100, 200}, {133, 266}},
         {"memory down to max", {.max = memory(100)}, bytes, 5, 5, {100, 200}, {33, 66}},
         {"limits twice as high", {.max = memory(300)}, bytes, 1, 2, {100, 200}, {50, 100}},
         {"requests count for min", {.min = memory(400)}, bytes, 1, 2, {100, 200}, {133, 266}},
         {"fits", {.min = memory(300), .max = memory(600)}, bytes, 1, 2, {100, 200}, {100, 200}},
         {"limits half as high", {.min = memory(200)}, bytes, 2, 1, {100, 200}, {133, 266}},
         {"no limits at all", {.min = memory(400)}, bytes, 1, 0, {100, 200}, {100, 200}}}};
    for (const Row& row : rows) {
        INFO(row.name);
        std::array<Container, 2> pod{{{.name = "a"}, {.name = "b"}}};
        std::array<Recommendation, 2> all{{{.container = "a"}, {.container = "b"}}};
        for (std::size_t i = 0; i < pod.size(); ++i) {
            pod[i].requests[row.resource] = Amount{row.request};
            pod[i].limits[row.resource] = Amount{row.limit};
            all[i].target[row.resource] = Amount{row.targets[i]};
        }
        fit_pod_range(all,
                      {.containers = pod, .pod_range = row.range},
                      row.resource,
                      &Recommendation::target);
        CHECK(all[0].target[row.resource] == Amount{row.expected[0]});
        CHECK(all[1].target[row.resource] == Amount{row.expected[1]});
    }
}

TEST_CASE("capping: a container without a recommendation counts with its request and stays") {
    const std::array<Container, 2> pod{
        {container("a", memory(50), memory(100)), container("b", memory(50), memory(100))}};
    Recommendation own{.container = "a", .target = memory(200)};
    const CappingRules rules{.containers = pod, .pod_range = LimitRange{.min = memory(500)}};
    fit_pod_range({&own, 1}, rules, Resource::memory, &Recommendation::target);
    CHECK(own.target == memory(400));
}

TEST_CASE("capping: with a LimitRange for the pod, containers without a recommendation follow") {
    const std::array<Container, 3> pod{{container("a", memory(50), memory(100)),
                                        container("b", memory(50), memory(100)),
                                        {.name = "c"}}};
    const std::array<Recommendation, 2> all{
        {{.container = "a", .target = memory(200)}, {.container = "gone", .target = memory(9)}}};
    const std::vector<Capped> alone = capped(all, {.containers = pod});
    REQUIRE(alone.size() == 1);
    CHECK(alone[0].recommendation == all[0]);
    const std::vector<Capped> both_of_them =
        capped(all, {.containers = pod, .pod_range = LimitRange{.min = memory(500)}});
    REQUIRE(both_of_them.size() == 2);
    CHECK(both_of_them[0].recommendation ==
          Recommendation{.container = "a", .target = memory(400)});
    CHECK(both_of_them[1].recommendation ==
          Recommendation{.container = "b", .target = memory(100)});
}

TEST_CASE("capping: before publishing, a global maximum fills what the policy leaves open") {
    const Amounts four{.cpu = Amount{42}, .memory = Amount{44}};
    const Recommendation all{
        .container = "web", .target = four, .lower = four, .upper = four, .uncapped = four};
    const ContainerPolicy policy{.min_allowed = memory(50), .max_allowed = cpu(40)};
    const Amounts global{.cpu = Amount{30}, .memory = Amount{45}};
    const Amounts expected{.cpu = Amount{40}, .memory = Amount{45}};
    CHECK(capped_to_policy(all, &policy, global) == Recommendation{.container = "web",
                                                                   .target = expected,
                                                                   .lower = expected,
                                                                   .upper = expected,
                                                                   .uncapped = four});
    CHECK(capped_to_policy(all, nullptr, {}) == all);
    CHECK(capped_to_policy(all, nullptr, cpu(7)).target ==
          Amounts{.cpu = Amount{7}, .memory = Amount{44}});
}

TEST_CASE(
    "capping: property: whatever comes, the policy's consistent bounds hold, and no limit of "
    "a RequestsOnly container is passed") {
    RandomDraws draws{11};
    const auto some = [&](std::int64_t bound) {
        return draws.once_in(4) ? std::optional<Amount>{} : Amount{1 + draws.below(bound)};
    };
    const auto some_amounts = [&](std::int64_t bound) {
        return Amounts{.cpu = some(bound), .memory = some(bound)};
    };
    for (int i = 0; i < 20'000; ++i) {
        CAPTURE(i);
        const std::array<Container, 2> pod{
            {container("a", some_amounts(2000), some_amounts(9000)),
             container("b", some_amounts(2000), some_amounts(9000))}};
        ContainerPolicy policy{.min_allowed = some_amounts(3000)};
        for (const Resource resource : all_resources) {
            policy.max_allowed[resource] = or_zero(policy.min_allowed[resource]) + Amount{500};
        }
        policy.controlled = draws.once_in(2) ? ControlledValues::requests_only
                                             : ControlledValues::requests_and_limits;
        CappingRules rules{.containers = pod, .policies = {&policy, 1}};
        if (draws.once_in(2)) {
            rules.pod_range = LimitRange{.min = some_amounts(9000), .max = some_amounts(20'000)};
            rules.container_range =
                LimitRange{.min = some_amounts(3000), .max = some_amounts(9000)};
        }
        const std::array<Recommendation, 2> all{
            {{.container = "a", .target = some_amounts(9000), .upper = some_amounts(9000)},
             {.container = "b", .target = some_amounts(9000)}}};
        for (const Capped& one : capped(all, rules)) {
            const Container& own = one.recommendation.container == "a" ? pod[0] : pod[1];
            for (const Resource resource : all_resources) {
                const auto& target = one.recommendation.target[resource];
                if (!target) {
                    continue;
                }
                const bool is_limited = policy.controlled == ControlledValues::requests_only &&
                                        own.limits[resource].has_value();
                const Amount limit = is_limited ? *own.limits[resource] : largest_amount;
                const Amount max = std::min(*policy.max_allowed[resource], limit);
                const Amount min = std::min(or_zero(policy.min_allowed[resource]), max);
                CHECK(*target <= max);
                CHECK(*target >= min);
            }
        }
    }
}

TEST_CASE(
    "capping: property: a pod fitted to its LimitRange asks for no more than max and, but for "
    "rounding, no less than min") {
    RandomDraws draws{13};
    for (int i = 0; i < 20'000; ++i) {
        CAPTURE(i);
        const Resource resource = draws.once_in(2) ? Resource::cpu : Resource::memory;
        std::array<Container, 2> pod{{{.name = "a"}, {.name = "b"}}};
        std::array<Recommendation, 2> all{{{.container = "a"}, {.container = "b"}}};
        const Amount request{1 + draws.below(1000)};
        for (std::size_t k = 0; k < pod.size(); ++k) {
            pod[k].requests[resource] = request;
            pod[k].limits[resource] = request;
            all[k].target[resource] = Amount{1 + draws.below(10'000)};
        }
        LimitRange range;
        range.min[resource] = Amount{1 + draws.below(10'000)};
        range.max[resource] = *range.min[resource] + Amount{10};
        fit_pod_range(
            all, {.containers = pod, .pod_range = range}, resource, &Recommendation::target);
        const Amount sum = *all[0].target[resource] + *all[1].target[resource];
        CHECK(sum.count <= range.max[resource]->count);
        CHECK(sum.count >= range.min[resource]->count - 2);
    }
}
