#include "policy/forecast/release.h"

#include <algorithm>

namespace tided::policy::forecast {

namespace {

constexpr std::size_t large_fall_window = 2;  // 30 s
constexpr double large_fall = 0.15;
constexpr double large_fall_per_agitation = 4.0;
constexpr double not_worth = 0.04;

void note(SteadyNeeds& recent, Replicas need, Replicas current, TimePoint now) {
    const std::int64_t slot = now.time_since_epoch() / spacing;
    if (recent.slot == 0 || slot < recent.slot) {
        recent.needs.fill(current);
        recent.needs[0] = {};
        recent.slot = slot;
    }
    const std::int64_t passed = std::min<std::int64_t>(slot - recent.slot, SteadyNeeds::capacity);
    for (std::int64_t i = 1; i <= passed; ++i) {
        std::shift_right(recent.needs.begin(), recent.needs.end(), 1);
        recent.needs[0] = i < passed ? recent.needs[1] : Replicas{0};
    }
    recent.slot = slot;
    recent.needs[0] = std::max(recent.needs[0], need);
}

Replicas largest(const SteadyNeeds& recent, std::size_t slots) {
    return *std::max_element(recent.needs.begin(),
                             recent.needs.begin() + static_cast<std::ptrdiff_t>(slots));
}

bool is_worth_it(Replicas current, Replicas kept) {
    const double least = (1.0 - not_worth) * current.count;
    return current.count - kept.count > 1 || kept.count < least;
}

}  // namespace

Replicas released(
    SteadyNeeds& recent, const Need& need, Replicas current, double agitation, TimePoint now) {
    note(recent, need.steady, current, now);
    if (need.now >= current) {
        return need.least <= current ? current : need.now;
    }
    const Replicas kept = std::max(need.now, largest(recent, SteadyNeeds::capacity));
    const Replicas last = std::min(kept, Replicas{1});
    const Replicas soon = std::max({need.now, last, largest(recent, large_fall_window)});
    const double fall = std::max(large_fall, large_fall_per_agitation * agitation);
    if (soon.count <= (1.0 - fall) * current.count) {
        return soon;
    }
    return kept < current && is_worth_it(current, kept) ? kept : current;
}

}  // namespace tided::policy::forecast
