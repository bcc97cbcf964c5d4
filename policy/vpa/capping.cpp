#include "policy/vpa/capping.h"

#include <algorithm>
#include <array>

namespace tided::policy::vpa {

namespace {

constexpr std::array<Part, 3> capped_parts{
    &Recommendation::target, &Recommendation::lower, &Recommendation::upper};

std::optional<Amount> unless_zero(const std::optional<Amount>& bound) {
    return or_zero(bound) == Amount{} ? std::nullopt : bound;
}

/// One step's bounds, and what it is called when they bite.
struct Step {
    std::optional<Amount> min = std::nullopt;
    std::optional<Amount> max = std::nullopt;
    Cap at_min{};
    Cap at_max{};
};

Step range_step(const Setting& setting, const LimitRange& range, Resource resource) {
    const Amount min = or_zero(range.min[resource]);
    const Amount max = or_zero(range.max[resource]);
    return {.min = unless_zero(std::max(min, request_for_limit(setting, min))),
            .max = unless_zero(request_for_limit(setting, max)),
            .at_min = Cap::range_min,
            .at_max = Cap::range_max};
}

Step policy_step(const ContainerPolicy& policy, Resource resource) {
    return {.min = unless_zero(policy.min_allowed[resource]),
            .max = unless_zero(policy.max_allowed[resource]),
            .at_min = Cap::min_allowed,
            .at_max = Cap::max_allowed};
}

/// A limit of zero that is written down is a limit.
Step limit_step(const std::optional<Amount>& limit) {
    return {.max = limit, .at_max = Cap::container_limit};
}

void take(const Step& step, Amount& amount, Caps& caps) {
    const auto cap = [&](Amount bound, Cap name) {
        amount = bound;
        caps.bits = static_cast<std::uint8_t>(caps.bits | static_cast<std::uint8_t>(name));
    };
    if (step.min && amount < *step.min) {
        cap(*step.min, step.at_min);
    }
    if (step.max && amount > *step.max) {
        cap(*step.max, step.at_max);
    }
}

using Steps = std::array<Step, 3>;

Steps steps_for(const Container& container, const CappingRules& rules, Resource resource) {
    Steps steps{};
    if (rules.container_range) {
        const LimitRange& range = *rules.container_range;
        steps[0] =
            range_step(setting_of(container, resource, range.default_limit), range, resource);
    }
    const ContainerPolicy* policy = policy_for(rules.policies, container.name);
    if (policy != nullptr) {
        steps[1] = policy_step(*policy, resource);
        if (policy->controlled == ControlledValues::requests_only) {
            steps[2] = limit_step(container.limits[resource]);
        }
    }
    return steps;
}

Caps walk(const Steps& steps, std::optional<Amount>& amount) {
    Caps caps{};
    if (amount) {
        for (const Step& step : steps) {
            take(step, *amount, caps);
        }
    }
    return caps;
}

Capped capped_container(const Recommendation& recommendation,
                        const Container& container,
                        const CappingRules& rules) {
    Capped result{.recommendation = recommendation};
    for (const Resource resource : all_resources) {
        const Steps steps = steps_for(container, rules, resource);
        (resource == Resource::cpu ? result.cpu : result.memory) =
            walk(steps, result.recommendation.target[resource]);
        walk(steps, result.recommendation.lower[resource]);
        walk(steps, result.recommendation.upper[resource]);
    }
    return result;
}

/// The pod as it would be: what is requested and the limits that go with it.
struct Sums {
    Amount recommended{};
    Amount limits{};
};

Sums sums_of(std::span<const Recommendation> recommendations,
             const CappingRules& rules,
             Resource resource,
             Part part) {
    Sums sums;
    for (const Container& container : rules.containers) {
        const Recommendation* own = find(recommendations, container.name);
        const Amounts& amounts = own == nullptr ? container.requests : own->*part;
        const Amount amount = or_zero(amounts[resource]);
        const Setting setting = setting_of(container, resource, rules.pod_range->default_limit);
        const std::optional<Scaled> limit = proportional_limit(setting, amount);
        sums.recommended = sums.recommended + amount;
        sums.limits = sums.limits + (limit ? limit->amount : Amount{});
    }
    return sums;
}

/// What every recommendation is multiplied with, or none when the pod fits as it is.
struct Stretch {
    Proportion by{};
    Rounding rounding = Rounding::down;
};

std::optional<Stretch> stretch(const Sums& sums, const LimitRange& range, Resource resource) {
    const Amount min = or_zero(range.min[resource]);
    const Amount max = or_zero(range.max[resource]);
    const bool is_over = max != Amount{} && sums.limits > max;
    const bool is_under = sums.limits < min || sums.recommended < min;
    if (sums.limits == Amount{} || !(is_over || is_under)) {
        return std::nullopt;
    }
    if (sums.recommended < min) {
        return Stretch{.by = {.to = min, .from = sums.recommended},
                       .rounding = resource == Resource::cpu ? Rounding::up : Rounding::down};
    }
    return Stretch{.by = {.to = is_over ? max : min, .from = sums.limits}};
}

std::vector<Recommendation> with_requests_of_others(std::span<const Recommendation> recommendations,
                                                    std::span<const Container> containers) {
    std::vector<Recommendation> all{recommendations.begin(), recommendations.end()};
    for (const Container& container : containers) {
        if (find(recommendations, container.name) == nullptr && !container.requests.is_empty()) {
            all.push_back({.container = container.name, .target = container.requests});
        }
    }
    return all;
}

}  // namespace

LimitRange both(const LimitRange& first, const LimitRange& last) {
    LimitRange range = first;
    for (const Resource resource : all_resources) {
        if (last.min[resource]) {
            range.min[resource] = std::max(range.min[resource], last.min[resource]);
        }
        if (last.max[resource]) {
            range.max[resource] = range.max[resource]
                                      ? std::min(range.max[resource], last.max[resource])
                                      : last.max[resource];
        }
    }
    if (!last.default_limit.is_empty()) {
        range.default_limit = last.default_limit;
    }
    return range;
}

const ContainerPolicy* policy_for(std::span<const ContainerPolicy> policies,
                                  std::string_view container) {
    const ContainerPolicy* for_any = nullptr;
    for (const ContainerPolicy& policy : policies) {
        if (policy.container == container) {
            return &policy;
        }
        if (policy.container == any_container) {
            for_any = &policy;
        }
    }
    return for_any;
}

void fit_pod_range(std::span<Recommendation> recommendations,
                   const CappingRules& rules,
                   Resource resource,
                   Part part) {
    const auto factor =
        stretch(sums_of(recommendations, rules, resource, part), *rules.pod_range, resource);
    if (!factor) {
        return;
    }
    for (const Container& container : rules.containers) {
        const auto own =
            std::ranges::find(recommendations, container.name, &Recommendation::container);
        if (own != recommendations.end()) {
            std::optional<Amount>& amount = ((*own).*part)[resource];
            amount = scaled(or_zero(amount), factor->by, factor->rounding).amount;
        }
    }
}

std::vector<Capped> capped(std::span<const Recommendation> recommendations,
                           const CappingRules& rules) {
    std::vector<Recommendation> fitted{recommendations.begin(), recommendations.end()};
    if (rules.pod_range) {
        fitted = with_requests_of_others(recommendations, rules.containers);
        for (const Part part : capped_parts) {
            for (const Resource resource : all_resources) {
                fit_pod_range(fitted, rules, resource, part);
            }
        }
    }
    std::vector<Capped> result;
    result.reserve(fitted.size());
    for (const Recommendation& recommendation : fitted) {
        const auto container =
            std::ranges::find(rules.containers, recommendation.container, &Container::name);
        if (container != rules.containers.end()) {
            result.push_back(capped_container(recommendation, *container, rules));
        }
    }
    return result;
}

Recommendation capped_to_policy(const Recommendation& recommendation,
                                const ContainerPolicy* policy,
                                const Amounts& global_max) {
    ContainerPolicy bounds = policy == nullptr ? ContainerPolicy{} : *policy;
    Recommendation result = recommendation;
    for (const Resource resource : all_resources) {
        if (!bounds.max_allowed[resource]) {
            bounds.max_allowed[resource] = global_max[resource];
        }
        const Steps steps{policy_step(bounds, resource)};
        for (const Part part : capped_parts) {
            walk(steps, (result.*part)[resource]);
        }
    }
    return result;
}

}  // namespace tided::policy::vpa
