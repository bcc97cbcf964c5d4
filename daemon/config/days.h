// Days: dates as a policy file writes them, in the time zone of whoever uses them.
//
//   2026-12-24                          a day                  12-24   that day of every year
//   2026-12-24/2026-12-26               days, the last too
//   2026-12-24T18:00/2026-12-26T06:00   from one time to before the other
//   2026-12-24T18:00                    a beginning: somebody else says how long
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/config/calendar.h"
#include "daemon/config/zone.h"
#include "policy/vocab/result.h"
#include "policy/vocab/shared.h"

namespace tided::config {

struct DateEntry {
    LocalTime from{};
    LocalTime to{};  ///< past its end; of a mere beginning the same as `from`
    bool is_range = false;
    bool has_time = false;
    bool every_year = false;  ///< the year says nothing

    friend bool operator==(const DateEntry&, const DateEntry&) = default;
};

[[nodiscard]] Result<DateEntry> parse_date(std::string_view text);

/// Looks like a date rather than like a name.
[[nodiscard]] bool looks_like_date(std::string_view text);

/// `entry` in each year that it touches of `from`..`until`.
[[nodiscard]] std::vector<DateEntry> in_years(const DateEntry& entry,
                                              LocalTime from,
                                              LocalTime until);

/// A calendar's events, or those that say `match`.
struct CalendarPick {
    Shared<Calendar> calendar{};
    std::string match{};

    friend bool operator==(const CalendarPick&, const CalendarPick&) = default;
};

/// Days by their dates, or on which a calendar has an event.
struct DayList {
    std::vector<DateEntry> dates{};
    std::vector<CalendarPick> calendars{};

    friend bool operator==(const DayList&, const DayList&) = default;
};

/// A day list in one zone and for some time: sorted, each day once.
using DaySet = std::vector<std::chrono::local_days>;

/// Errors: those of the calendars.
[[nodiscard]] Result<DaySet> days_of(const DayList& list,
                                     const std::string& zone_name,
                                     TimePoint from,
                                     TimePoint until);

}  // namespace tided::config
