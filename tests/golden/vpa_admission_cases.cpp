// What becomes of a recommendation on its way into a pod: limits, LimitRanges, policies.
#include <array>
#include <optional>
#include <vector>

#include "policy/vpa/capping.h"
#include "policy/vpa/limits.h"
#include "tests/golden/vpa_pod_json.h"
#include "tests/golden/vpa_update_cases.h"

namespace tided::golden {

namespace json = boost::json;
using namespace policy::vpa;

namespace {

/// A quantity of the case; zero where there is none, as upstream treats them alike.
Amount amount(const json::object& test, std::string_view key, Resource resource) {
    const std::string_view given = text(test, key);
    return given.empty() ? Amount{} : quantity(given, resource);
}

json::value limit(const json::object& test) {
    const Resource resource = resource_named(text(test, "resource"));
    const auto limit =
        proportional_limit({.request = amount(test, "original_request", resource),
                            .limit = amount(test, "original_limit", resource),
                            .default_limit = amount(test, "default_limit", resource)},
                           amount(test, "recommended_request", resource));
    return {{"result", limit ? json::value(quantity(limit->amount, resource)) : json::value{}}};
}

std::string_view name_of(Scaling how) {
    switch (how) {
        case Scaling::exact:
            return "success";
        case Scaling::capped:
            return "capped";
        case Scaling::division_by_zero:
            return "division_by_zero";
    }
    return {};
}

json::value scale_cpu(const json::object& test) {
    const Scaled result = scaled(amount(test, "scaled", Resource::cpu),
                                 {.to = amount(test, "result_scale", Resource::cpu),
                                  .from = amount(test, "base", Resource::cpu)},
                                 text(test, "rounding") == "up" ? Rounding::up : Rounding::down);
    return {{"result", quantity(result.amount, Resource::cpu)}, {"status", name_of(result.how)}};
}

std::optional<LimitRange> range(const json::object& test, std::string_view key) {
    const json::value* found = member(test, key);
    if (found == nullptr) {
        return std::nullopt;
    }
    const json::object& object = found->as_object();
    return LimitRange{.min = amounts(object, "Min"),
                      .max = amounts(object, "Max"),
                      .default_limit = amounts(object, "Default")};
}

json::value pod_limit_range_of(const json::object& test, Part part) {
    const std::vector<Container> pod = containers(test);
    PodRecommendations all = recommendations(test, "recommendation");
    fit_pod_range(
        all,
        {.containers = pod, .pod_range = range(test, "limit_range").value_or(LimitRange{})},
        resource_named(text(test, "resource")),
        part);
    return {{"result", to_json(all)}};
}

json::value pod_limit_range(const json::object& test) {
    return pod_limit_range_of(test, &Recommendation::target);
}

/// Upstream was called for upper bound, target and lower bound in turn, and the recorded calls do
/// not say which: of two with the same input one can expect what another part got.
std::vector<json::value> other_pod_limit_ranges(const json::object& test) {
    return {pod_limit_range_of(test, &Recommendation::upper),
            pod_limit_range_of(test, &Recommendation::lower)};
}

json::object recommended(std::span<const Recommendation> all) {
    return {{"containerRecommendations", to_json(all)}};
}

json::value apply(const json::object& test) {
    if (member(test, "pod_containers") == nullptr) {
        return {{"result", nullptr}, {"error", true}};
    }
    if (member(test, "recommendation") == nullptr && member(test, "policy") == nullptr) {
        return {{"result", nullptr}, {"error", false}};
    }
    const std::vector<Container> pod = containers(test);
    const std::vector<ContainerPolicy> all = policies(test);
    PodRecommendations result;
    for (const Capped& one : capped(recommendations(test, "recommendation"),
                                    {.containers = pod,
                                    .policies = all,
                                    .pod_range = range(test, "pod_limit_range"),
                                    .container_range = range(test, "container_limit_range")})) {
        result.push_back(one.recommendation);
    }
    return {{"result", recommended(result)}, {"error", false}};
}

json::value policy(const json::object& test) {
    if (member(test, "recommendation") == nullptr) {
        return {{"result", nullptr}, {"error", false}};
    }
    const std::vector<ContainerPolicy> all = policies(test);
    PodRecommendations result;
    for (const Recommendation& one : recommendations(test, "recommendation")) {
        result.push_back(capped_to_policy(
            one, policy_for(all, one.container), amounts(test, "global_max_allowed")));
    }
    return {{"result", recommended(result)}, {"error", false}};
}

constexpr std::array<std::string_view, 1> result{"result"};
constexpr std::array<std::string_view, 2> result_and_error{"result", "error"};
constexpr std::array<std::string_view, 2> result_and_status{"result", "status"};

constexpr std::array<CaseKind, 5> kinds{
    {{"proportional_limit", &caught<limit>, result},
     {"scale_quantity_cpu", &caught<scale_cpu>, result_and_status},
     {"capping_pod_limit_range", &caught<pod_limit_range>, result, &other_pod_limit_ranges},
     {"capping_apply", &caught<apply>, result_and_error},
     {"capping_policy", &caught<policy>, result_and_error}}};

}  // namespace

std::span<const CaseKind> admission_case_kinds() {
    return kinds;
}

}  // namespace tided::golden
