// Occurrences: when the events of a calendar take place, as instants.
#pragma once

#include <string>
#include <vector>

#include "daemon/config/calendar.h"
#include "daemon/config/calendar/recurrence.h"
#include "policy/schedule.h"
#include "policy/vocab/result.h"

namespace tided::config {

/// One time that an event takes place; from == to when the file says no end.
struct Occurrence {
    policy::Window window{};
    const CalendarEvent* event = nullptr;
};

/// Where and when a calendar is looked at.
struct View {
    std::string match{};
    std::string zone = "UTC";  ///< of floating times and whole days
    TimePoint from{};
    TimePoint until{};
};

/// Occurrences that touch from..until, by their beginnings. They point into `calendar`.
/// Errors: as read_calendar's, for what shows only here.
[[nodiscard]] Result<std::vector<Occurrence>> occurrences(const Calendar& calendar,
                                                          const View& view,
                                                          Effort& effort);

}  // namespace tided::config
