// Placement: a number of replicas divided over pools. Two ways, after the Kubernetes balancer:
//
//   first     every pool gets its min; what that takes beyond `wanted` is told as missing
//   priority  in the given order, each pool gets what is left, up to its max. A pool that the order
//             leaves out keeps its min
//   share     one by one, each to the pool with the highest share/(placed + 1) (D'Hondt; ties go
//             to the first name) that is not full. Share 0 gets its min only
//
// A replica that is late (still starting after its deadline) stays where it is and is also placed
// elsewhere, until it starts: extra = late + placed - total, if that is more than 0, for a pool
// with late ones. By priority the extra flows to the later pools only; by share to the pools with
// none late, and only when all of `wanted` had a place. What finds no pool is told as overflow.
//
// D'Hondt favours the large pool for small numbers: 60:30:10 puts 2 replicas as 2, 0, 0.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>

#include "policy/vocab/units.h"

namespace tided::policy::placement {

/// The balancer's "no maximum".
inline constexpr Replicas no_max{1'000'000'000};
inline constexpr Replicas no_cap{std::numeric_limits<std::int32_t>::max()};

/// REQUIRES 0 <= min <= max, and names that differ.
struct Pool {
    std::string_view name = {};
    Replicas min{0};
    Replicas max = no_max;
    std::int32_t share = 0;  ///< of all shares; for place_by_share
    Replicas total{};        ///< running and starting, as observed
    Replicas late{};         ///< of these, those still starting after their deadline
};

struct Demand {
    Replicas wanted{};
    Replicas most_extra = no_cap;  ///< how many may be placed twice, over all pools
};

struct Remainder {
    Replicas missing{};   ///< had to be added to keep every min
    Replicas overflow{};  ///< found no pool, extra ones included

    friend constexpr bool operator==(const Remainder&, const Remainder&) = default;
};

/// `order`: places in `pools`, each at most once, the preferred first.
/// Both write placed[i] for pools[i]; REQUIRES placed.size() == pools.size().
Remainder place_by_priority(const Demand& demand,
                            std::span<const Pool> pools,
                            std::span<const std::size_t> order,
                            std::span<Replicas> placed);

/// The order of `pools` changes nothing. Time grows with the pools, not with the replicas.
Remainder place_by_share(const Demand& demand,
                         std::span<const Pool> pools,
                         std::span<Replicas> placed);

}  // namespace tided::policy::placement
