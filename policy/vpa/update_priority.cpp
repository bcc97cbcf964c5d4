#include "policy/vpa/update_priority.h"

#include <algorithm>
#include <cmath>

namespace tided::policy::vpa {

namespace {

struct Totals {
    Amount requested{};
    Amount recommended{};
};

/// Thousandths of the unit in which the VPA adds up: a millicore is one, a byte a thousand.
double milli(Amount amount, Resource resource) {
    return static_cast<double>(amount.count) * (resource == Resource::cpu ? 1.0 : 1000.0);
}

double difference(const Totals& totals, Resource resource) {
    const double requested = std::max(milli(totals.requested, resource), 1.0);
    return std::abs(requested - milli(totals.recommended, resource)) / requested;
}

bool is_outside(Amount request, const Recommendation& recommendation, Resource resource) {
    const auto& lower = recommendation.lower[resource];
    const auto& upper = recommendation.upper[resource];
    return (lower && request < *lower) || (upper && request > *upper);
}

/// Adds what one container asks for and should.
void add(const Container& container,
         const Recommendation& recommendation,
         Resource resource,
         Totals& totals,
         UpdatePriority& priority) {
    const Amount target = or_zero(recommendation.target[resource]);
    const auto& request = container.requests[resource];
    totals.recommended = totals.recommended + target;
    totals.requested = totals.requested + or_zero(request);
    priority.wants_more |= !request || target > *request;
    priority.is_outside |= !request || is_outside(*request, recommendation, resource);
}

}  // namespace

UpdatePriority update_priority(std::span<const Container> containers,
                               std::span<const Recommendation> recommendations) {
    UpdatePriority priority;
    for (const Resource resource : all_resources) {
        Totals totals;
        bool is_recommended = false;
        for (const Container& container : containers) {
            const Recommendation* own = find(recommendations, container.name);
            if (container.is_observed && own != nullptr && own->target[resource]) {
                add(container, *own, resource, totals, priority);
                is_recommended = true;
            }
        }
        priority.difference += is_recommended ? difference(totals, resource) : 0.0;
    }
    return priority;
}

bool is_lower(const UpdatePriority& a, const UpdatePriority& b) {
    return a.wants_more == b.wants_more ? a.difference < b.difference : b.wants_more;
}

void sort_by_priority(std::span<RankedPod> pods) {
    std::ranges::sort(pods, [](const RankedPod& a, const RankedPod& b) {
        if (is_lower(a.priority, b.priority) || is_lower(b.priority, a.priority)) {
            return is_lower(b.priority, a.priority);
        }
        return a.pod < b.pod;
    });
}

}  // namespace tided::policy::vpa
