// Steady placement: placement.h for pools that different providers run, where one may be out of
// sight, and where what is late flaps. Departures from the Kubernetes balancer, each switchable;
// `strict()` is the balancer as it is:
//
//   fails open       a pool that cannot be read keeps its last placement, which counts towards
//                    what is wanted, and the others go on; one without a last placement is left
//                    out. Strict: one unreadable pool freezes the round.
//   hysteresis       the most late replicas seen within `calm` count as late (as far as the pool
//                    has that many), so what was placed twice is taken back only after the pool
//                    has been well for that long.
//   cap on extra     at most ceil(most_extra * wanted) replicas are placed twice; none where that
//                    is not a number.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <vector>

#include "policy/placement/placement.h"
#include "policy/vocab/time.h"

namespace tided::policy::placement {

struct SteadySettings {
    bool fails_open = true;
    Duration calm = std::chrono::minutes{2};
    std::optional<Ratio> most_extra = Ratio{0.5};  ///< none: no cap

    [[nodiscard]] static SteadySettings strict();
};

enum class Way : std::uint8_t { by_priority, by_share };

/// What is remembered of a pool between rounds.
struct PoolMemory {
    std::optional<Replicas> placed = std::nullopt;  ///< none: never yet
    Replicas late{};                                ///< counted as late since
    TimePoint late_at{};

    friend constexpr bool operator==(const PoolMemory&, const PoolMemory&) = default;
};

struct SeenPool {
    Pool pool = {};
    bool is_readable = true;  ///< false: total and late are not known
    PoolMemory memory = {};
};

struct Round {
    Way way = Way::by_priority;
    Replicas wanted{};
    std::span<const std::size_t> order = {};  ///< by priority: places in the pools
    TimePoint now{};
};

struct SteadyPlacement {
    bool is_frozen = false;              ///< nothing was decided: a pool could not be read
    Remainder remainder = {};            ///< of the readable pools
    std::vector<PoolMemory> pools = {};  ///< as given; `placed` is what each pool should have
};

[[nodiscard]] SteadyPlacement place(const Round& round,
                                    std::span<const SeenPool> pools,
                                    const SteadySettings& settings);

}  // namespace tided::policy::placement
