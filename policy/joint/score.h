// Score: what a size costs in an hour of the demand that was seen, in three parts.
//
//   hire    mean count * (cpu * price of a core + memory * price of a GiB)
//   risk    mean count * probability that a replica needs more memory * cost of a kill
//   change  (kept * per resize + added * per start + removed * per removal) / payback
//
// Counts are those the demand needs, not those of this moment, so that the score of a size does not
// move with a tick. A chain of changes never costs less than the direct one (a start is never
// cheaper than a resize): what was best from here is still best from there.
#pragma once

#include "policy/joint/carry.h"
#include "policy/joint/seen.h"

namespace tided::policy::joint {

/// How a replica of one size becomes one of another.
enum class Change : std::uint8_t { none, in_place, restart };

[[nodiscard]] Change change_between(const Size& from, const Size& to, Resizing resizing);

/// A size in use.
struct Use {
    Size size{};
    double replicas = 0.0;  ///< on average
    Cores load{};           ///< a replica carries at most this
};

struct Parts {
    Price hire{};
    Price risk{};
    Price change{};

    [[nodiscard]] constexpr Price total() const {
        return {hire.per_hour + risk.per_hour + change.per_hour};
    }
    friend constexpr bool operator==(const Parts&, const Parts&) = default;
};

/// The mean over the levels, each `factor` as high, of the count that they need.
[[nodiscard]] double mean_count(const Levels& levels, double factor, Cores load, Replicas least);

/// What things cost in an hour, worked out once for all sizes. Changes are spread over the payback.
struct Tariff {
    Prices prices{};
    double kill = 0.0;
    double start = 0.0;
    double resize = 0.0;
    double removal = 0.0;
};

[[nodiscard]] Tariff tariff_of(const Settings& settings);

[[nodiscard]] Price hire_price(const Use& use, const Tariff& tariff);
[[nodiscard]] Price risk_price(const Use& use,
                               const MemoryTail& tail,
                               const MemoryModel& model,
                               const Tariff& tariff);
[[nodiscard]] Price change_price(const Use& from,
                                 const Use& to,
                                 const Tariff& tariff,
                                 Resizing resizing);

/// Prices of a core and a GiB from the price of one replica, in the ratio of `Prices{}`.
/// REQUIRES: size.cpu > 0 or size.memory > 0.
[[nodiscard]] Prices prices_from(Price replica, const Size& size);

}  // namespace tided::policy::joint
