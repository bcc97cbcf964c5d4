// Carry: how much demand one replica of a size stands, in cores of work. It is all that the count
// needs to know of a size:
//
//   load  = min( cpu * target - idle,  (memory - fixed) / per_core )
//   count = max( least, ceil(demand / load) )
//
// Both sides are absolute, so a change of size changes the count to match and feeds nothing back.
#pragma once

#include <algorithm>
#include <limits>

#include "policy/joint/memory.h"
#include "policy/joint/settings.h"

namespace tided::policy::joint {

/// What memory a replica must have.
struct MemoryNeed {
    MemoryModel model{};
    Bytes floor{};  ///< never less, while a kill is remembered; 0: none is
};

/// Work that is behind `used` cores of a pool: what replicas use without work is taken off.
[[nodiscard]] Cores work_behind(Cores used, Replicas replicas, const Settings& settings);

/// Carried by that much CPU. >= 0.
[[nodiscard]] Cores carried_by(MilliCpu cpu, const Settings& settings);

/// Carried by that much memory: nothing up to the fixed part or below the floor, without end when
/// memory does not depend on load. The largest memory of the grid, when even that is too little,
/// counts as enough: more replicas would not help.
[[nodiscard]] Cores carried_by(Bytes memory, const MemoryNeed& need, const Settings& settings);

/// Whether no memory of the grid is enough.
[[nodiscard]] bool is_beyond_grid(const MemoryNeed& need, const Settings& settings);

/// Replicas that carry `demand` when each carries `load`. More demand or less load never gives
/// fewer. No load at all: as many as can be counted.
[[nodiscard]] inline Replicas replicas_for(Cores demand, Cores load, Replicas least) {
    constexpr std::int32_t uncountable = std::numeric_limits<std::int32_t>::max();
    constexpr double noise = 1e-9;  // 2.1 cores by 0.7 are three, whatever the last bit says
    if (!(demand.count > 0.0)) {
        return least;
    }
    if (!(load.count > 0.0)) {
        return {uncountable};
    }
    const double exact = demand.count / load.count - noise;
    if (exact >= uncountable) {
        return {uncountable};
    }
    const auto whole = static_cast<std::int32_t>(exact);
    return {std::max(least.count, whole + (whole < exact ? 1 : 0))};
}

/// Replicas of `size` that max and quota allow. REQUIRES: a size above zero.
[[nodiscard]] Replicas most_of(const Size& size, const Settings& settings);

}  // namespace tided::policy::joint
