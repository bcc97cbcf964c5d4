// From estimates to recommendations: the header draws the order.
#include "policy/vpa/recommend.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "policy/vpa/estimate.h"

namespace tided::policy::vpa {

namespace {

constexpr std::int64_t core = 1000;

Amounts controlled(const Resources& resources,
                   const Settings& settings,
                   const SizingPolicy& policy) {
    Amounts amounts;
    if (policy.controls_cpu) {
        amounts.cpu = Amount{rounded_up(resources.cpu.count, settings.cpu.multiple_of)};
    }
    if (policy.controls_memory) {
        amounts.memory = Amount{rounded_up(resources.memory.count, settings.memory.multiple_of)};
    }
    return amounts;
}

void make_whole(Amounts& amounts) {
    if (amounts.cpu) {
        amounts.cpu = Amount{rounded_up(amounts.cpu->count, core)};
    }
}

/// Limits of 0 are none.
void cap(Amounts& amounts, const SizingPolicy& policy, const Amounts& max_elsewhere) {
    for (const Resource resource : all_resources) {
        std::optional<Amount>& amount = amounts[resource];
        const Amount min = or_zero(policy.min_allowed[resource]);
        const auto& max = policy.max_allowed[resource] ? policy.max_allowed : max_elsewhere;
        if (amount) {
            amount = std::max(*amount, min);
            const Amount most = or_zero(max[resource]);
            amount = most == Amount{} ? *amount : std::min(*amount, most);
        }
    }
}

bool wants_whole_cores(const Settings& settings, std::string_view container) {
    return std::ranges::find(settings.whole_cores, container) != settings.whole_cores.end();
}

Recommendation recommended(std::string_view container,
                           const Estimate& estimate,
                           const Settings& settings) {
    static const SizingPolicy says_nothing;
    const SizingPolicy* own = policy_for(settings, container);
    const SizingPolicy& policy = own == nullptr ? says_nothing : *own;
    const Amounts target = controlled(estimate.target, settings, policy);
    Recommendation result{.container = container,
                          .target = target,
                          .lower = controlled(estimate.lower, settings, policy),
                          .upper = controlled(estimate.upper, settings, policy),
                          .uncapped = target};
    if (wants_whole_cores(settings, container)) {
        for (Amounts* amounts : {&result.target, &result.lower, &result.upper, &result.uncapped}) {
            make_whole(*amounts);
        }
    }
    for (Amounts* amounts : {&result.target, &result.lower, &result.upper}) {
        cap(*amounts, policy, settings.max_allowed);
    }
    return result;
}

bool is_estimated(std::string_view container, const Settings& settings) {
    const SizingPolicy* policy = policy_for(settings, container);
    return policy == nullptr || !policy->is_off;
}

}  // namespace

std::int64_t rounded_up(std::int64_t value, std::int64_t unit) {
    if (unit <= 1) {
        return value;
    }
    const double times = std::ceil(static_cast<double>(value) / static_cast<double>(unit));
    const std::int64_t most = std::numeric_limits<std::int64_t>::max() / unit;
    return times >= static_cast<double>(most) ? most * unit
                                              : static_cast<std::int64_t>(times) * unit;
}

std::vector<Recommendation> recommend(const ByContainer& containers, const Settings& settings) {
    std::vector<Recommendation> recommendations;
    for (const auto& [container, aggregate] : containers) {
        if (is_estimated(container, settings)) {
            recommendations.push_back({.container = container});
        }
    }
    for (Recommendation& recommendation : recommendations) {
        const Resources minimum = share_of_minimum(settings, recommendations.size());
        const Aggregate& aggregate = containers.find(recommendation.container)->second;
        recommendation =
            recommended(recommendation.container, estimate(aggregate, settings, minimum), settings);
    }
    return recommendations;
}

}  // namespace tided::policy::vpa
