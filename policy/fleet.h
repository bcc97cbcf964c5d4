// Fleet: what all policies together may do. Each policy alone may be right and the sum still a
// disaster: a broken metrics pipeline that looks like calm everywhere, a deploy that doubles every
// pool at once, a bill. Claims are the steps that passed their own guards; they are granted in
// order of priority until a limit bites. Where one does, a step goes as far as there is room,
// perhaps not at all, and asks for the rest at its next tick.
//
//   steps_per_minute   all of a step or nothing
//   removed_share      floor(share of all), at least 1 unless the share is 0, less what has gone
//   cost_per_hour      as many as the rest pays for; once a claim is cut for it, no claim of lower
//                      priority adds cost in the same tick, or small steps of many would for ever
//                      take the room that a large one waits for
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
    /// Of all replicas, at most this share may be removed within `removed_within`; but one, unless
    /// it is 0.
    std::optional<Ratio> removed_share = std::nullopt;
    Duration removed_within = std::chrono::minutes{10};
    std::optional<double> cost_per_hour = std::nullopt;  ///< of everything, in the prices' currency

    friend bool operator==(const FleetRules&, const FleetRules&) = default;
};

/// A step as it was granted. Durable: a restart does not refill the limits.
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

/// How far a claim may go.
struct Grant {
    Replicas to{};         ///< between the claim's from and to; from: refused
    std::string why = {};  ///< when it is not all of the claim: a clause that names the limit

    friend bool operator==(const Grant&, const Grant&) = default;
};

/// One per claim, in their order. What is granted is added to `made`, steps too old for every rule
/// leave it. Of equal priority scale-ups go first, then the order of claims decides.
/// REQUIRES: no claim stays where it is.
[[nodiscard]] std::vector<Grant> arbitrate(const FleetRules& rules,
                                           const FleetTotals& totals,
                                           std::span<const Claim> claims,
                                           TimePoint now,
                                           std::vector<FleetStep>& made);

}  // namespace tided::policy
