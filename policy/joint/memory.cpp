#include "policy/joint/memory.h"

#include <algorithm>
#include <limits>

namespace tided::policy::joint {

namespace {

constexpr Bytes least_bump{100LL * 1024 * 1024};
constexpr double most_bytes = 9e18;

Bytes rounded_up(double bytes) {
    if (!(bytes > 0.0)) {
        return {};
    }
    if (bytes >= most_bytes) {
        return {std::numeric_limits<std::int64_t>::max()};
    }
    const auto whole = static_cast<std::int64_t>(bytes);
    return {whole + (static_cast<double>(whole) < bytes ? 1 : 0)};
}

/// Bytes per core by least squares; 0 when the loads do not differ or memory falls with load.
double slope(std::span<const MemorySample> samples) {
    const auto count = static_cast<double>(samples.size());
    double mean_load = 0.0;
    double mean_memory = 0.0;
    for (const MemorySample& sample : samples) {
        mean_load += sample.load.count / count;
        mean_memory += static_cast<double>(sample.memory.count) / count;
    }
    double together = 0.0;
    double spread = 0.0;
    for (const MemorySample& sample : samples) {
        const double off = sample.load.count - mean_load;
        together += off * (static_cast<double>(sample.memory.count) - mean_memory);
        spread += off * off;
    }
    return spread > 0.0 ? std::max(0.0, together / spread) : 0.0;
}

}  // namespace

MemoryModel fitted(std::span<const MemorySample> samples) {
    const double per_core = slope(samples);
    double fixed = 0.0;
    for (const MemorySample& sample : samples) {
        fixed = std::max(fixed,
                         static_cast<double>(sample.memory.count) - per_core * sample.load.count);
    }
    return {.fixed = rounded_up(fixed), .per_core = rounded_up(per_core)};
}

double risk(const MemoryTail& tail, Bytes memory, Cores load, const MemoryModel& model) {
    if (tail.points.empty()) {
        return 0.0;
    }
    const double shift = static_cast<double>(model.per_core.count) * (load.count - tail.load.count);
    const double as_seen = static_cast<double>(memory.count) - shift;
    double more = 1.0;
    for (const TailPoint& point : tail.points) {
        if (static_cast<double>(point.memory.count) > as_seen) {
            break;
        }
        more = point.more;
    }
    return more;
}

Bytes bumped(Bytes had) {
    const auto fifth_more = rounded_up(static_cast<double>(had.count) * 1.2);
    const bool at_the_end = had.count > std::numeric_limits<std::int64_t>::max() - least_bump.count;
    return std::max(fifth_more, at_the_end ? had : Bytes{had.count + least_bump.count});
}

}  // namespace tided::policy::joint
