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
#include <optional>
#include <string>
#include <vector>

#include "policy/vocab/units.h"
#include "policy/vpa/history.h"
#include "policy/vpa/settings.h"

namespace tided::policy::vpa {

struct Amounts {
    std::optional<MilliCpu> cpu = std::nullopt;
    std::optional<Bytes> memory = std::nullopt;

    friend bool operator==(const Amounts&, const Amounts&) = default;
};

struct Recommendation {
    std::string container;
    Amounts target{};
    Amounts lower{};
    Amounts upper{};
    Amounts uncapped{};  ///< the target without min and max

    friend bool operator==(const Recommendation&, const Recommendation&) = default;
};

/// In the order of names; nothing when no container is estimated.
[[nodiscard]] std::vector<Recommendation> recommend(
    const std::map<std::string, Aggregate, std::less<>>& containers, const Settings& settings);

/// The next multiple of `unit`; the value itself when it is 0 or `unit` is no positive number.
[[nodiscard]] std::int64_t rounded_up(std::int64_t value, std::int64_t unit);

}  // namespace tided::policy::vpa
