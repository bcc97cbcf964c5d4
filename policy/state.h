// PolicyState: what a policy remembers between ticks. Durable: a restart finds it again.
//   recommendations   HPA's list: unstabilised proposals of the longest window, in order of time;
//                     those that can no longer decide anything are left out
//   conditions        of the Kubernetes profiles, as an object's status has them
//   ups, downs        HPA's scale events: changes that were really made, for rate policies
#pragma once

#include <cstdint>
#include <vector>

#include "policy/hpa/conditions.h"
#include "policy/vocab/time.h"
#include "policy/vocab/units.h"

namespace tided::policy {

struct Recommendation {
    Replicas replicas{};
    TimePoint at{};

    friend bool operator==(const Recommendation&, const Recommendation&) = default;
};

struct ScaleEvent {
    std::int32_t change = 0;  ///< > 0, how many replicas were added or removed
    TimePoint at{};

    friend bool operator==(const ScaleEvent&, const ScaleEvent&) = default;
};

struct PolicyState {
    std::vector<Recommendation> recommendations = {};
    std::vector<ScaleEvent> ups = {};
    std::vector<ScaleEvent> downs = {};
    hpa::Conditions conditions = {};  ///< Kubernetes profiles

    friend bool operator==(const PolicyState&, const PolicyState&) = default;
};

}  // namespace tided::policy
