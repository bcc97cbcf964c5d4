// Update priority: how badly a pod needs its recommendation, as the VPA's updater ranks pods.
//
//   difference = sum over resources of |requested - recommended| / max(requested, 1)
//
// with the totals of all observed containers that have a recommendation, in thousandths of a core
// and of a byte. The differences of CPU and memory add up. A pod that wants to grow anywhere comes
// before one that does not; after that the larger difference comes first.
#pragma once

#include <span>
#include <string_view>

#include "policy/vpa/recommendation.h"
#include "policy/vpa/resources.h"

namespace tided::policy::vpa {

struct UpdatePriority {
    bool is_outside = false;  ///< a request is missing, or beyond its lower or upper bound
    bool wants_more = false;  ///< a request is missing, or less than its target
    double difference = 0.0;  ///< finite, not negative

    friend constexpr bool operator==(const UpdatePriority&, const UpdatePriority&) = default;
};

[[nodiscard]] UpdatePriority update_priority(std::span<const Container> containers,
                                             std::span<const Recommendation> recommendations);

/// Whether `a` has to wait for `b`. Being outside does not count.
[[nodiscard]] bool is_lower(const UpdatePriority& a, const UpdatePriority& b);

struct RankedPod {
    std::string_view pod = {};
    UpdatePriority priority = {};
};

/// The most urgent first; of equal ones the first name (upstream leaves that open).
void sort_by_priority(std::span<RankedPod> pods);

}  // namespace tided::policy::vpa
