// Timetable: the tables of schedules reach some months ahead; those that come to an end are
// compiled anew, here, between two ticks. Policies that share a schedule, as all instances of a
// template do, go on sharing its table.
#pragma once

#include <vector>

#include "daemon/fleet.h"
#include "policy/vocab/event.h"
#include "policy/vocab/time.h"

namespace tided::daemon {

/// Looks at every policy and template. A rule that cannot be expanded keeps the windows that are
/// known of it, and is tried again each time; the policies are in trouble meanwhile. Gives back
/// what is new of that: one event for each schedule, however many policies share it.
[[nodiscard]] std::vector<Event> renew_schedules(Fleet& fleet, TimePoint now);

}  // namespace tided::daemon
