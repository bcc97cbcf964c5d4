// Calendar: the events of an iCalendar file (RFC 5545), read through libical and kept as values.
//
//   BEGIN:VEVENT  UID  SUMMARY CATEGORIES  DTSTART (DTEND | DURATION)  RRULE RDATE EXDATE
//   RECURRENCE-ID  STATUS:CANCELLED                  with TZID, in UTC, floating, or whole days
//
// A TZID that is a zone of the system (also behind a prefix, /vendor/Europe/Paris) means that zone,
// whose rules are kept up to date; any other is read from the file's VTIMEZONE. To-dos, alarms,
// attendees and RANGE=THISANDFUTURE are not read; the last is refused.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/config/zone.h"
#include "policy/vocab/result.h"

namespace tided::config {

struct CalendarTime {
    LocalTime local{};
    std::string zone{};    ///< TZID; "UTC"; "" = wherever the reader is
    bool is_date = false;  ///< a whole day

    friend bool operator==(const CalendarTime&, const CalendarTime&) = default;
};

/// How long: so many days by the calendar and then so much by the clock; or until `end`.
struct CalendarLength {
    int days = 0;
    Duration exact{};
    std::optional<CalendarTime> end{};

    friend bool operator==(const CalendarLength&, const CalendarLength&) = default;
};

/// A start that stands in the file, not in a rule: DTSTART or RDATE.
struct CalendarStart {
    CalendarTime at{};
    std::optional<CalendarLength> length{};  ///< none: that of the event

    friend bool operator==(const CalendarStart&, const CalendarStart&) = default;
};

struct CalendarEvent {
    std::string uid{};
    std::string summary{};
    std::string categories{};  ///< joined by commas
    CalendarTime start{};
    std::optional<CalendarLength> length{};
    std::vector<std::string> rules{};
    std::vector<CalendarStart> added{};
    std::vector<CalendarTime> removed{};
    std::optional<CalendarTime> replaces{};  ///< RECURRENCE-ID
    bool is_cancelled = false;

    friend bool operator==(const CalendarEvent&, const CalendarEvent&) = default;
};

struct Calendar {
    std::vector<CalendarEvent> events{};
    std::map<std::string, Zone> zones{};  ///< of its VTIMEZONEs, by TZID

    friend bool operator==(const Calendar&, const Calendar&) = default;
};

/// Errors: a clause for an operator: broken lines (with their number where known), too large or too
/// deep, zones that nobody knows, rules that recurrence.h refuses. No events is no error.
[[nodiscard]] Result<Calendar> read_calendar(std::string_view text);

/// "'Black Friday'", or its UID where there is no summary.
[[nodiscard]] std::string event_name(const CalendarEvent& event);

/// Whether `match` is part of its summary or categories, in any case. "" matches everything.
[[nodiscard]] bool matches(const CalendarEvent& event, std::string_view match);

}  // namespace tided::config
