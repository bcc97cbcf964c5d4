// VTIMEZONE: a time zone that a calendar file defines itself, as the offsets it has until 2100.
//
//   BEGIN:STANDARD  DTSTART:19701025T030000  TZOFFSETFROM:+0200  TZOFFSETTO:+0100  RRULE:...
#pragma once

#include <string>
#include <utility>

#include <libical/ical.h>

#include "daemon/config/calendar/recurrence.h"
#include "daemon/config/zone.h"
#include "policy/vocab/result.h"

namespace tided::config {

/// Its TZID and what it means. Errors: a clause that names the zone.
[[nodiscard]] Result<std::pair<std::string, Zone>> read_zone(icalcomponent* component,
                                                             Effort& effort);

}  // namespace tided::config
