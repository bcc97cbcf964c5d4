#include "policy/vpa/disruption.h"

#include <algorithm>
#include <cstdint>
#include <limits>

namespace tided::policy::vpa {

namespace {

constexpr double most = std::numeric_limits<std::int32_t>::max();

}  // namespace

Replicas tolerance(Replicas configured, Ratio fraction) {
    const double share = static_cast<double>(configured.count) * fraction.value;
    return share > 0.0 ? Replicas{static_cast<std::int32_t>(std::min(share, most))}
                       : Replicas{};  // not a number: none
}

bool is_large_enough(const Group& group, const DisruptionSettings& settings) {
    return std::int64_t{group.running.count} + group.pending.count >= settings.min_replicas.count;
}

bool may_disrupt(const Group& group, const DisruptionSettings& settings) {
    const std::int64_t spare = tolerance(group.configured, settings.fraction).count;
    const std::int64_t alive = std::int64_t{group.running.count} - group.disrupted.count;
    const bool is_first = group.configured == group.running && group.disrupted == Replicas{0};
    return alive > 0 && (alive > group.configured.count - spare || (spare == 0 && is_first));
}

}  // namespace tided::policy::vpa
