// Limits: what becomes of a container's limits when its requests change. As the VPA's admission
// controller does it ("limit and request scaling"), the ratio of the two is kept:
//
//   limit' = floor(limit * target / request)          controlledValues: RequestsAndLimits
//   no request, or request = limit                    limit' = target
//   no limit                                          the LimitRange's default takes its place
//   no limit and no default, or no target             no limit is set
//
// and backwards, the request whose limit would be just `bound`: floor(request * bound / limit).
// Zero counts as "not set" here. Products are worked out in 128 bits; what leaves int64 is capped
// there and said to be.
#pragma once

#include <cstdint>
#include <optional>

#include "policy/vpa/resources.h"

namespace tided::policy::vpa {

enum class Rounding : std::uint8_t { down, up };

enum class Scaling : std::uint8_t {
    exact,             ///< but for the rounding
    capped,            ///< to the largest amount
    division_by_zero,  ///< left as it was
};

struct Scaled {
    Amount amount{};
    Scaling how = Scaling::exact;

    friend constexpr bool operator==(const Scaled&, const Scaled&) = default;
};

/// `to` for every `from`.
struct Proportion {
    Amount to{};
    Amount from{};
};

/// amount * to / from.
[[nodiscard]] Scaled scaled(Amount amount, Proportion proportion, Rounding rounding);

/// One resource of a container: as it is, and what stands in for a limit that is not set.
struct Setting {
    Amount request{};
    Amount limit{};
    Amount default_limit{};
};

[[nodiscard]] Setting setting_of(const Container& container,
                                 Resource resource,
                                 const Amounts& default_limits);

/// The limit that goes with a request of `target`; none: do not set one.
[[nodiscard]] std::optional<Scaled> proportional_limit(const Setting& setting, Amount target);

/// The request that brings the limit to `bound`; zero: no request does.
[[nodiscard]] Amount request_for_limit(const Setting& setting, Amount bound);

/// Which of a container's numbers follow the recommendation.
enum class ControlledValues : std::uint8_t { requests_and_limits, requests_only };

/// What a container gets. A resource without an amount is left as it is.
struct Admitted {
    Amounts requests = {};
    Amounts limits = {};

    friend constexpr bool operator==(const Admitted&, const Admitted&) = default;
};

/// `target` is already capped (capping.h). `default_limits` are those of the LimitRange for
/// containers.
[[nodiscard]] Admitted admitted(const Container& container,
                                const Amounts& target,
                                ControlledValues controlled,
                                const Amounts& default_limits);

}  // namespace tided::policy::vpa
