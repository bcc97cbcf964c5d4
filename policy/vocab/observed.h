// Observed: what a provider says of one pool, and how old that knowledge is.
#pragma once

#include <optional>

#include "policy/vocab/time.h"
#include "policy/vocab/units.h"

namespace tided {

struct Observed {
    Replicas replicas{};  ///< asked for at the provider (HPA's scale.spec.replicas)
    Replicas present{};   ///< existing, ready or not (HPA's scale.status.replicas)
    Replicas ready{};     ///< able to serve now
    TimePoint at{};       ///< when the provider said so

    friend bool operator==(const Observed&, const Observed&) = default;
};

}  // namespace tided
