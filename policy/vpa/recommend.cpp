// From estimates to recommendations: the header draws the order.
#include "policy/vpa/recommend.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "policy/vpa/estimate.h"

namespace tided::policy::vpa {

namespace {

constexpr std::int64_t core = 1000;

bool is_off(const ContainerPolicy* policy) {
    return policy != nullptr && policy->mode == Mode::off;
}

Amounts controlled(const Resources& resources,
                   const Settings& settings,
                   const ContainerPolicy* policy) {
    Amounts amounts;
    if (policy == nullptr || policy->controls_cpu) {
        amounts.cpu = MilliCpu{rounded_up(resources.cpu.count, settings.cpu.multiple_of)};
    }
    if (policy == nullptr || policy->controls_memory) {
        amounts.memory = Bytes{rounded_up(resources.memory.count, settings.memory.multiple_of)};
    }
    return amounts;
}

/// Limits of 0 are none.
template <typename Quantity>
void cap(std::optional<Quantity>& amount,
         const std::optional<Quantity>& min,
         const std::optional<Quantity>& max) {
    if (amount && min && *min != Quantity{} && *amount < *min) {
        amount = min;
    }
    if (amount && max && *max != Quantity{} && *max < *amount) {
        amount = max;
    }
}

void cap(Amounts& amounts, const ContainerPolicy* policy, const Settings& settings) {
    static const ContainerPolicy silent;
    const ContainerPolicy& says = policy == nullptr ? silent : *policy;
    cap(amounts.cpu, says.min_cpu, says.max_cpu ? says.max_cpu : settings.max_cpu);
    cap(amounts.memory, says.min_memory, says.max_memory ? says.max_memory : settings.max_memory);
}

void make_whole(Amounts& amounts) {
    if (amounts.cpu) {
        amounts.cpu = MilliCpu{rounded_up(amounts.cpu->count, core)};
    }
}

bool wants_whole_cores(const Settings& settings, const std::string& container) {
    return std::ranges::find(settings.whole_cores, container) != settings.whole_cores.end();
}

Recommendation recommended(const std::string& container,
                           const Estimate& estimate,
                           const Settings& settings) {
    const ContainerPolicy* policy = policy_for(settings, container);
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
        cap(*amounts, policy, settings);
    }
    return result;
}

}  // namespace

std::int64_t rounded_up(std::int64_t value, std::int64_t unit) {
    if (unit <= 1 || value == 0) {
        return value;
    }
    const double times = std::ceil(static_cast<double>(value) / static_cast<double>(unit));
    const std::int64_t most = std::numeric_limits<std::int64_t>::max() / unit;
    return times >= static_cast<double>(most) ? most * unit
                                              : static_cast<std::int64_t>(times) * unit;
}

std::vector<Recommendation> recommend(
    const std::map<std::string, Aggregate, std::less<>>& containers, const Settings& settings) {
    const auto is_estimated = [&](const auto& named) {
        return !is_off(policy_for(settings, named.first));
    };
    const auto count = static_cast<std::size_t>(std::ranges::count_if(containers, is_estimated));
    std::vector<Recommendation> recommendations;
    if (count == 0) {
        return recommendations;
    }
    const Resources minimum = share_of_minimum(settings, count);
    for (const auto& [container, aggregate] : containers) {
        if (!is_off(policy_for(settings, container))) {
            recommendations.push_back(
                recommended(container, estimate(aggregate, settings, minimum), settings));
        }
    }
    return recommendations;
}

}  // namespace tided::policy::vpa
