// Recommendations: what the containers of one pod should be given (recommender/routines).
//
//   aggregates --minus those that are off--> estimates --> rounded up to multiples
//     --copy of the target: uncapped--> whole cores, all four --> capped to min, then max, not
//     uncapped
//
// The minimum of a pod is shared by those that are left. A maximum wins over a minimum, and either
// may break a multiple. Amounts that the policy does not control are absent.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "policy/vpa/history.h"
#include "policy/vpa/recommendation.h"
#include "policy/vpa/settings.h"

namespace tided::policy::vpa {

/// Aggregates by the name of their container.
using ByContainer = std::map<std::string, Aggregate, std::less<>>;

/// In the order of names, which are those of `containers`; nothing when none is estimated.
[[nodiscard]] std::vector<Recommendation> recommend(const ByContainer& containers,
                                                    const Settings& settings);

/// The next multiple of `unit`; the value itself when `unit` is no positive number.
[[nodiscard]] std::int64_t rounded_up(std::int64_t value, std::int64_t unit);

}  // namespace tided::policy::vpa
