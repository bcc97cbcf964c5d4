// Moments: the arithmetic of instants that decay and windows need. "Never" is year 1, 00:00 UTC (a
// Gregorian calendar carried backwards), because upstream counts multiples of a half-life from
// there: with 7 h or 48 h the place of the origin decides where a reference falls.
//
// Milliseconds give the quotients that upstream's nanoseconds give: both are exact in a double for
// 18 years, and whatever is older than that has no weight left.
#pragma once

#include <chrono>

#include "policy/vocab/time.h"

namespace tided::policy::vpa {

inline constexpr TimePoint never{std::chrono::sys_days{std::chrono::year{1} / 1 / 1}};

/// How many times `period` goes into `span`, a fraction of either sign. REQUIRES period > 0.
[[nodiscard]] constexpr double periods(Duration span, Duration period) {
    return static_cast<double>(span.count()) / static_cast<double>(period.count());
}

/// The multiple of `period` since `never` that is nearest to `at` >= never; halves go up.
[[nodiscard]] constexpr TimePoint rounded(TimePoint at, Duration period) {
    if (period <= Duration::zero()) {
        return at;
    }
    const Duration past = (at - never) % period;
    return past + past < period ? at - past : at + (period - past);
}

}  // namespace tided::policy::vpa
