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

/// FNV-1a: the same on every machine and in every run, unlike std::hash.
std::uint64_t hash(std::string_view text) {
    std::uint64_t h = 0xcbf29ce484222325ULL;
    for (const char c : text) {
        h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
    }
    return h;
}

double unit_interval(std::uint64_t x) {
    return std::ldexp(static_cast<double>(x >> 11U), -53);
}

Duration backed_off(Duration first, std::int32_t failures, Duration cap) {
    Duration wait = first;
    for (std::int32_t i = 1; i < failures && wait < cap; ++i) {
        wait *= 2;
    }
    return std::min(wait, cap);
}

Duration without(Duration wait, double share) {
    const double kept = static_cast<double>(wait.count()) * (1.0 - share);
    return Duration{static_cast<Duration::rep>(std::llround(kept))};
}

}  // namespace

Duration next_wait(const Error& error,
                   std::int32_t failures,
                   std::string_view step_id,
                   const RetryRule& rule) {
    const Duration asked = std::min(error.retry_after.value_or(Duration{}), rule.patience);
    const bool passes = is_transient(error.code) || error.code == ErrorCode::corrupt;
    const Duration wait = backed_off(passes ? rule.first : rule.mending, failures, rule.cap);
    const double u = unit_interval(mix(hash(step_id) ^ mix(static_cast<std::uint64_t>(failures))));
    return std::max(without(wait, rule.spread * u), asked);
}

}  // namespace tided::actuators
