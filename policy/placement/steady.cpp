#include "policy/placement/steady.h"

#include <algorithm>
#include <cmath>

namespace tided::policy::placement {

namespace {

Replicas most_extra(Replicas wanted, std::optional<Ratio> share) {
    if (!share) {
        return no_cap;
    }
    const double most = std::ceil(static_cast<double>(wanted.count) * share->value);
    const double bounded = std::min(most, static_cast<double>(no_cap.count));
    return most > 0.0 ? Replicas{static_cast<std::int32_t>(bounded)} : Replicas{};
}

/// The peak of the late ones: taken over at once, let go of when it is older than `calm`.
void remember_late(const SeenPool& seen, TimePoint now, Duration calm, PoolMemory& memory) {
    if (seen.pool.late >= memory.late || now - memory.late_at >= calm) {
        memory.late = seen.pool.late;
        memory.late_at = now;
    }
}

/// The pools that take part, and where each stands among all.
struct Taking {
    std::vector<Pool> pools = {};
    std::vector<std::size_t> places = {};
    std::int64_t kept = 0;  ///< replicas of the pools out of sight
};

Taking readable(const Round& round,
                std::span<const SeenPool> seen,
                Duration calm,
                std::span<PoolMemory> memory) {
    Taking taking;
    for (std::size_t i = 0; i < seen.size(); ++i) {
        if (!seen[i].is_readable) {
            taking.kept += memory[i].placed.value_or(Replicas{}).count;
            continue;
        }
        remember_late(seen[i], round.now, calm, memory[i]);
        taking.pools.push_back(seen[i].pool);
        taking.pools.back().late = std::min(memory[i].late, seen[i].pool.total);
        taking.places.push_back(i);
    }
    return taking;
}

/// The order without the pools out of sight, as places among the others.
std::vector<std::size_t> order_among(std::span<const std::size_t> order,
                                     const std::vector<std::size_t>& places) {
    std::vector<std::size_t> among;
    for (const std::size_t i : order) {
        const auto found = std::ranges::find(places, i);
        if (found != places.end()) {
            among.push_back(static_cast<std::size_t>(found - places.begin()));
        }
    }
    return among;
}

}  // namespace

SteadySettings SteadySettings::strict() {
    return {.fails_open = false, .calm = Duration::zero(), .most_extra = std::nullopt};
}

SteadyPlacement place(const Round& round,
                      std::span<const SeenPool> pools,
                      const SteadySettings& settings) {
    SteadyPlacement result;
    for (const SeenPool& seen : pools) {
        result.is_frozen |= !seen.is_readable && !settings.fails_open;
        result.pools.push_back(seen.memory);
    }
    if (result.is_frozen) {
        return result;
    }
    const Taking taking = readable(round, pools, settings.calm, result.pools);
    const std::int64_t wanted = std::max<std::int64_t>(round.wanted.count - taking.kept, 0);
    const Demand demand{.wanted = Replicas{static_cast<std::int32_t>(wanted)},
                        .most_extra = most_extra(round.wanted, settings.most_extra)};
    std::vector<Replicas> placed(taking.pools.size());
    result.remainder =
        round.way == Way::by_share
            ? place_by_share(demand, taking.pools, placed)
            : place_by_priority(
                  demand, taking.pools, order_among(round.order, taking.places), placed);
    for (std::size_t i = 0; i < placed.size(); ++i) {
        result.pools[taking.places[i]].placed = placed[i];
    }
    return result;
}

}  // namespace tided::policy::placement
