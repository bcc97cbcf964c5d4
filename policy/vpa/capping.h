// Capping: how a recommendation is made to fit a pod, in the VPA's order (its capping processor,
// used by the updater and by admission alike). Step 1 looks at the pod, the others at a container:
//
//   1 LimitRange of the pod        sum of the recommendations < min: all times min/sum, CPU rounded
//                                  up, memory down; else, when the sum of the limits they bring is
//                                  under min or over max: all times min/sum or max/sum, down
//   2 LimitRange of the container  raised to the larger of min and the request whose limit is min,
//                                  lowered to the request whose limit is max
//   3 VPA policy                   raised to minAllowed, lowered to maxAllowed
//   4 RequestsOnly                 lowered to the container's limit
//
// Each of target, lower and upper is capped alone. A bound of zero is none; of two that contradict
// each other the upper one wins. A later step may break an earlier one (a policy its LimitRange):
// so it is upstream. So is this: once step 1 scales a resource, a container whose recommendation
// does not name the resource gets one of zero.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "policy/vpa/limits.h"
#include "policy/vpa/recommendation.h"
#include "policy/vpa/resources.h"

namespace tided::policy::vpa {

/// Of a namespace, for pods or for containers. Limits are what it bounds.
struct LimitRange {
    Amounts min = {};
    Amounts max = {};
    Amounts default_limit = {};
};

/// Two LimitRanges of one kind in force at once: the higher min, the lower max, the last default.
[[nodiscard]] LimitRange both(const LimitRange& first, const LimitRange& last);

inline constexpr std::string_view any_container = "*";

/// What a VPA says about one container, or about all that it does not name.
struct ContainerPolicy {
    std::string_view container = any_container;
    Amounts min_allowed = {};
    Amounts max_allowed = {};
    ControlledValues controlled = ControlledValues::requests_and_limits;
    bool is_off = false;
};

/// The policy that names `container`, else the one for any, else null. They are not merged.
[[nodiscard]] const ContainerPolicy* policy_for(std::span<const ContainerPolicy> policies,
                                                std::string_view container);

/// What a target was capped to, in the order of the steps.
enum class Cap : std::uint8_t {
    range_min = 1,
    range_max = 2,
    min_allowed = 4,
    max_allowed = 8,
    container_limit = 16,
};

struct Caps {
    std::uint8_t bits = 0;

    [[nodiscard]] constexpr bool has(Cap cap) const {
        return (bits & static_cast<std::uint8_t>(cap)) != 0;
    }
    friend constexpr bool operator==(Caps, Caps) = default;
};

struct Capped {
    Recommendation recommendation = {};
    Caps cpu{};     ///< steps 2 to 4 on the target
    Caps memory{};  ///< likewise
};

struct CappingRules {
    std::span<const Container> containers = {};
    std::span<const ContainerPolicy> policies = {};
    std::optional<LimitRange> pod_range = std::nullopt;
    std::optional<LimitRange> container_range = std::nullopt;
};

/// Which of a recommendation's amounts: &Recommendation::target, lower or upper.
using Part = Amounts Recommendation::*;

/// Step 1 for one resource and one part. A container without a recommendation counts with its
/// request and stays as it is. REQUIRES rules.pod_range.
void fit_pod_range(std::span<Recommendation> recommendations,
                   const CappingRules& rules,
                   Resource resource,
                   Part part);

/// All four steps. Recommendations for no container of the pod are dropped. With a LimitRange for
/// the pod, its other containers that request something follow, their requests being their targets.
[[nodiscard]] std::vector<Capped> capped(std::span<const Recommendation> recommendations,
                                         const CappingRules& rules);

/// Step 3 alone, as the recommender applies it before it publishes. `policy` may be null;
/// `global_max` fills what its maxAllowed leaves open. The uncapped target stays.
[[nodiscard]] Recommendation capped_to_policy(const Recommendation& recommendation,
                                              const ContainerPolicy* policy,
                                              const Amounts& global_max);

}  // namespace tided::policy::vpa
