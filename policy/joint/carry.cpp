#include "policy/joint/carry.h"

#include <algorithm>
#include <limits>

namespace tided::policy::joint {

namespace {

/// Enough to start, and for some work when memory grows with work.
bool is_enough(Bytes memory, const MemoryNeed& need) {
    const bool starts =
        need.model.per_core.count > 0 ? memory > need.model.fixed : memory >= need.model.fixed;
    return starts && memory >= need.floor;
}

}  // namespace

Cores work_behind(Cores used, Replicas replicas, const Settings& settings) {
    return {std::max(0.0, used.count - replicas.count * settings.idle.count)};
}

Cores carried_by(MilliCpu cpu, const Settings& settings) {
    return {std::max(0.0, cores(cpu) * settings.target.value - settings.idle.count)};
}

Cores carried_by(Bytes memory, const MemoryNeed& need, const Settings& settings) {
    constexpr Cores without_end{std::numeric_limits<double>::infinity()};
    if (!is_enough(memory, need)) {
        const bool is_all_there_is = memory >= settings.grid.memory.largest();
        return is_all_there_is ? without_end : Cores{};
    }
    if (need.model.per_core.count <= 0) {
        return without_end;
    }
    return {static_cast<double>(memory.count - need.model.fixed.count) /
            static_cast<double>(need.model.per_core.count)};
}

bool is_beyond_grid(const MemoryNeed& need, const Settings& settings) {
    return !is_enough(settings.grid.memory.largest(), need);
}

Replicas most_of(const Size& size, const Settings& settings) {
    std::int64_t most = settings.max.count;
    if (settings.quota.cpu) {
        most = std::min(most, settings.quota.cpu->count / size.cpu.count);
    }
    if (settings.quota.memory) {
        most = std::min(most, settings.quota.memory->count / size.memory.count);
    }
    return {static_cast<std::int32_t>(std::max<std::int64_t>(most, 0))};
}

}  // namespace tided::policy::joint
