#include "metrics/phase.h"

#include <xxhash.h>

namespace tided::metrics {

Duration phase_step(Duration interval) {
    constexpr Duration step{10};
    constexpr Duration coarse{1000};
    return interval >= coarse ? step : Duration{1};
}

Duration phase_of(std::string_view name, std::string_view seed, Duration interval) {
    const XXH64_hash_t seed_hash = XXH3_64bits(seed.data(), seed.size());
    const XXH64_hash_t hash = XXH3_64bits_withSeed(name.data(), name.size(), seed_hash);
    const Duration phase{
        static_cast<Duration::rep>(hash % static_cast<XXH64_hash_t>(interval.count()))};
    return phase - phase % phase_step(interval);
}

TimePoint next_instant(TimePoint after, Duration interval, Duration phase) {
    const auto since = after.time_since_epoch() - phase;
    const auto into = since % interval;
    const auto into_interval = into < Duration::zero() ? into + interval : into;
    return after + (interval - into_interval);
}

}  // namespace tided::metrics
