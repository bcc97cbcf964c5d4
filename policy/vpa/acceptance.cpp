#include "policy/vpa/acceptance.h"

#include <algorithm>

namespace tided::policy::vpa {

namespace {

bool is_met(const EvictionRequirement& requirement,
            const Container& container,
            const Recommendation& recommendation) {
    return std::ranges::any_of(all_resources, [&](Resource resource) {
        const bool is_named = resource == Resource::cpu ? requirement.cpu : requirement.memory;
        const Amount request = or_zero(container.requests[resource]);
        const Amount target = or_zero(recommendation.target[resource]);
        return is_named &&
               (requirement.direction == Direction::higher ? target > request : target < request);
    });
}

}  // namespace

bool has_quick_oom(std::span<const Termination> terminations, Duration quick_oom) {
    return std::ranges::any_of(terminations, [&](const Termination& last) {
        return last.was_oom_kill && last.ran < quick_oom;
    });
}

bool asks_for_less(std::span<const Recommendation> before, std::span<const Recommendation> now) {
    return std::ranges::any_of(now, [&](const Recommendation& recommendation) {
        const Recommendation* old = find(before, recommendation.container);
        return old != nullptr && std::ranges::any_of(all_resources, [&](Resource resource) {
                   const auto& was = old->target[resource];
                   const auto& is = recommendation.target[resource];
                   return was && is && *is < *was;
               });
    });
}

Acceptance accept(const Candidate& candidate, const AcceptanceSettings& settings) {
    if (candidate.was_refused) {
        return Acceptance::refused;
    }
    const UpdatePriority& priority = candidate.priority;
    if (candidate.has_quick_oom) {
        return priority.difference == 0.0 ? Acceptance::nothing_changes : Acceptance::quick_oom;
    }
    if (priority.is_outside) {
        return Acceptance::outside;
    }
    if (!candidate.age) {
        return Acceptance::unknown_age;
    }
    if (*candidate.age < settings.lifetime) {
        return Acceptance::too_young;
    }
    return priority.difference >= settings.least_difference.value ? Acceptance::long_lived
                                                                  : Acceptance::too_alike;
}

bool meets(std::span<const Container> containers,
           std::span<const Recommendation> recommendations,
           std::span<const EvictionRequirement> requirements) {
    return std::ranges::any_of(containers, [&](const Container& container) {
        const Recommendation* own = find(recommendations, container.name);
        if (own == nullptr) {
            return false;
        }
        return !container.requests.cpu || !container.requests.memory ||
               std::ranges::all_of(requirements, [&](const EvictionRequirement& requirement) {
                   return is_met(requirement, container, *own);
               });
    });
}

}  // namespace tided::policy::vpa
