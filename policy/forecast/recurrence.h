// Recurrence: bursts that come at the same time of day (batch jobs, bells, newsletters).
//
// The day has 720 bins of two minutes, each with eight bits: in which of the last eight days a
// burst began in it. A bin is due when at least half of the days seen, and two, have its bit. Due
// bins are prepared for from `lead` before they begin until 45 s after they end, when a burst of
// their last second would have been seen:
//   prepared = load x (1 + 0.7 x (usual peak / usual load before - 1))
// No burst counts as more than eight times the load before it: all bins share the usual peak, and
// one reading of a broken exporter must not become what every one of them prepares for.
// A bin that misses loses its votes day by day, so a habit that ends is forgotten in four days;
// that is the judge of this forecast. Days are days of UTC: a habit in local time moves by an hour
// twice a year and is learned anew within two or three days.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "policy/forecast/load_history.h"
#include "policy/vocab/time.h"

namespace tided::policy::forecast {

struct Recurrence {
    static constexpr std::size_t bin_count = 720;

    std::array<std::uint8_t, bin_count> days{};  ///< bit 0: the latest day that came to this bin
    std::int64_t bin = 0;                        ///< bins since the epoch, the latest one entered
    std::uint8_t days_seen = 0;                  ///< 0 .. 8
    std::int64_t first_bin = 0;                  ///< since when the calendar is kept; 0: not yet
    TimePoint burst_since{};                     ///< of the running burst; the epoch: none
    float before = 0.0F;                         ///< load before the running burst
    float peak = 0.0F;                           ///< highest load of the running burst
    float usual_peak = 0.0F;  ///< peak / before, over past bursts, <= 8; 0: none yet

    friend bool operator==(const Recurrence&, const Recurrence&) = default;
};

/// Follows bursts: one begins when the load is 1.5 times that of two to three minutes before, and
/// ends near its former load or after 40 minutes. `at` is the time of the youngest entry.
void learn(Recurrence& recurrence, const LoadHistory& history, TimePoint at);

/// The factor on the present load that a bin due between now - 45 s and now + lead calls for;
/// 1 when none is due or a burst is running.
[[nodiscard]] double factor(const Recurrence& recurrence, TimePoint now, Duration lead);

}  // namespace tided::policy::forecast
