// Zone: a time zone as the offsets it has over a stretch of time, and the one rule by which local
// times become instants:
//
//   exists once    that instant
//   exists twice   the first of the two (the clock was put back)
//   never exists   the first instant after the gap (the clock was put forward)
//
// Names and offsets are the operating system's (/usr/share/zoneinfo), read by Howard Hinnant's
// date; past 2037 they have no daylight saving. A name is looked up among those that are there: it
// never becomes a path.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "policy/vocab/result.h"
#include "policy/vocab/time.h"

namespace tided::config {

/// What clocks on the wall show, without saying where.
using LocalTime = std::chrono::local_time<Duration>;

class Zone {
public:
    /// From `since` on local time is UTC plus `offset`.
    struct Offset {
        TimePoint since{};
        std::chrono::seconds offset{};

        friend bool operator==(const Offset&, const Offset&) = default;
    };

    /// UTC.
    Zone() : offsets_{Offset{}} {}
    /// REQUIRES: one or more, sorted; the first holds for all time before too.
    explicit Zone(std::vector<Offset> offsets) : offsets_{std::move(offsets)} {}

    [[nodiscard]] LocalTime local_at(TimePoint at) const;
    [[nodiscard]] TimePoint instant_of(LocalTime local) const;

    friend bool operator==(const Zone&, const Zone&) = default;

private:
    std::vector<Offset> offsets_;
};

/// Whether the system has a zone called `name`. Errors: the system has no time zones.
[[nodiscard]] Result<bool> is_zone(const std::string& name);

/// All names, for the one that was meant. Empty when the system has none.
[[nodiscard]] std::vector<std::string_view> zone_names();

/// The zone called `name`, right between `from` and `until` and some days beyond. Errors: there is
/// none of that name, or its file is broken.
[[nodiscard]] Result<Zone> zone_between(const std::string& name, TimePoint from, TimePoint until);

}  // namespace tided::config
