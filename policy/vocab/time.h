// Time: instants, durations and deadlines as everybody speaks of them.
//
//   TimePoint   wall time in milliseconds since 1970-01-01T00:00Z, carried forward by the steady
//               clock: it never jumps within a tick. Only daemon/ reads clocks; every other
//               floor is handed `now`.
//   Deadline    the steady instant at which an operation gives up. Only daemon/ makes and keeps
//               deadlines; other floors pass them on.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace tided {

using Duration = std::chrono::milliseconds;
using TimePoint = std::chrono::sys_time<Duration>;

struct Deadline {
    std::chrono::steady_clock::time_point at = std::chrono::steady_clock::time_point::max();

    friend bool operator==(const Deadline&, const Deadline&) = default;
};

/// The instant `seconds` (may be fractional) after the epoch, rounded to the millisecond.
[[nodiscard]] TimePoint from_unix_seconds(double seconds);

/// Seconds since the epoch, exact to the millisecond.
[[nodiscard]] double to_unix_seconds(TimePoint at);

/// Seconds as a double, for rates and for metrics in base units.
[[nodiscard]] constexpr double to_seconds(Duration d) {
    return std::chrono::duration<double>(d).count();
}

/// "90s" -> "1m30s", 250 ms -> "250ms", 0 -> "0s": the form durations have in config and reasons.
[[nodiscard]] std::string to_string(Duration d);

/// RFC 3339 in UTC with milliseconds: "2026-11-22T08:00:00.000Z".
[[nodiscard]] std::string to_string(TimePoint at);

/// Reads RFC 3339: "2026-11-22T08:00:00Z", "2026-11-22T09:00:00.25+01:00". Digits past the third of
/// a fraction are dropped. Nothing when it is anything else.
[[nodiscard]] std::optional<TimePoint> parse_rfc3339(std::string_view text);

}  // namespace tided
