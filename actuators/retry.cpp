// Exponential back-off with hashed jitter.
#include "actuators/retry.h"

#include <algorithm>
#include <cmath>

namespace tided::actuators {

namespace {

/// SplitMix64 (Steele, Lea, Flood 2014): one well-mixed number from a counter.
std::uint64_t mix(std::uint64_t x) {
    x += 0x9e3779b97f4a7c15ULL;
    x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9ULL;
    x = (x ^ (x >> 27U)) * 0x94d049bb133111ebULL;
    return x ^ (x >> 31U);
}

double unit_interval(std::uint64_t x) {
    return std::ldexp(static_cast<double>(x >> 11U), -53);
}

Duration backed_off(std::int32_t attempt, const RetryRule& rule) {
    Duration wait = rule.first;
    for (std::int32_t i = 1; i < attempt && wait < rule.cap; ++i) {
        wait *= 2;
    }
    return std::min(wait, rule.cap);
}

Duration jittered(Duration wait, double share) {
    const double kept = static_cast<double>(wait.count()) * (1.0 - share);
    return Duration{static_cast<Duration::rep>(std::llround(kept))};
}

}  // namespace

Retry next_retry(const Error& error,
                 std::int32_t attempt,
                 std::uint64_t seed,
                 const RetryRule& rule) {
    const bool may_have_happened = error.effect == Effect::unknown;
    if (!may_have_happened && !is_transient(error.code)) {
        return {};
    }
    const Duration asked = error.retry_after.value_or(Duration{});
    if (attempt >= rule.attempts || asked > rule.patience) {
        return {};
    }
    const double u = unit_interval(mix(seed ^ mix(static_cast<std::uint64_t>(attempt))));
    const Duration wait = jittered(backed_off(attempt, rule), rule.spread * u);
    return {.kind = may_have_happened ? RetryKind::observe_first : RetryKind::send_again,
            .after = std::max(wait, asked)};
}

}  // namespace tided::actuators
