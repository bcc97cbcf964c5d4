// Fleet: what all policies together may do. Each policy alone may be right and the sum still a
// disaster: a broken metrics pipeline that looks like calm everywhere, a deploy that doubles every
// pool at once, a bill. Claims are the steps that passed their own guards; they are let through in
// order of priority until a limit bites, the rest is refused and asks again at its next tick.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "policy/vocab/time.h"
#include "policy/vocab/units.h"

namespace tided::policy {

struct FleetRules {
    std::int32_t steps_per_minute = 0;  ///< 0: no limit
    /// Of all replicas, at most this share may be removed within `removed_within`.
    std::optional<Ratio> removed_share = std::nullopt;
    Duration removed_within = std::chrono::minutes{10};
    std::optional<double> cost_per_hour = std::nullopt;  ///< of everything, in the prices' currency

    friend bool operator==(const FleetRules&, const FleetRules&) = default;
};

/// A step that was let through. Durable: a restart does not refill the limits.
struct FleetStep {
    TimePoint at{};
    std::int32_t change = 0;  ///< replicas added, or removed when negative

    friend bool operator==(const FleetStep&, const FleetStep&) = default;
};

/// What one policy would do now.
struct Claim {
    std::int32_t priority = 0;  ///< higher goes first
    Replicas from{};
    Replicas to{};
    double price = 0.0;  ///< of one replica for an hour; 0: not known

    [[nodiscard]] std::int32_t change() const { return to.count - from.count; }
};

/// The fleet as it is observed, before any claim.
struct FleetTotals {
    std::int64_t replicas = 0;
    double cost_per_hour = 0.0;
};

/// One per claim, in their order: "" = let through, else why not. Steps that are let through are
/// added to `made`, those too old for every rule leave it. Of equal priority scale-ups go first,
/// then the order of claims decides.
[[nodiscard]] std::vector<std::string> arbitrate(const FleetRules& rules,
                                                 const FleetTotals& totals,
                                                 std::span<const Claim> claims,
                                                 TimePoint now,
                                                 std::vector<FleetStep>& made);

}  // namespace tided::policy
