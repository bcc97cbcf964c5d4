// Recommendation: what a container should request, as the recommender says it: a target between
// two bounds outside of which the present request is wrong, and the target before any capping.
#pragma once

#include <algorithm>
#include <span>
#include <string_view>

#include "policy/vpa/resources.h"

namespace tided::policy::vpa {

struct Recommendation {
    std::string_view container = {};  ///< valid as long as the text it was read from
    Amounts target = {};
    Amounts lower = {};
    Amounts upper = {};
    Amounts uncapped = {};

    friend constexpr bool operator==(const Recommendation&, const Recommendation&) = default;
};

/// The first one for `container`, or null.
[[nodiscard]] inline const Recommendation* find(std::span<const Recommendation> recommendations,
                                                std::string_view container) {
    const auto found = std::ranges::find(recommendations, container, &Recommendation::container);
    return found == recommendations.end() ? nullptr : &*found;
}

}  // namespace tided::policy::vpa
