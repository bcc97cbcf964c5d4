// Event: one VEVENT as a value.
#pragma once

#include <libical/ical.h>

#include "daemon/config/calendar.h"
#include "policy/vocab/result.h"

namespace tided::config {

/// Errors: a clause that names the event.
[[nodiscard]] Result<CalendarEvent> read_event(icalcomponent* component);

/// What an X-LIC-ERROR says, which libical leaves in place of what it could not read. Properties
/// that nobody reads here may be as they like.
[[nodiscard]] Status check_parsed(icalproperty* property);

}  // namespace tided::config
