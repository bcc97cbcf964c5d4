// Timetable: the tables of schedules reach some months ahead; those that come to an end are
// compiled anew, here, between two ticks. Policies that share a schedule, as all instances of a
// template do, go on sharing its table.
#pragma once

#include <string>
#include <vector>

#include "daemon/fleet.h"
#include "policy/vocab/time.h"

namespace tided::daemon {

/// Looks at every policy and template. What could not be compiled keeps its table; a sentence each.
[[nodiscard]] std::vector<std::string> renew_schedules(Fleet& fleet, TimePoint now);

}  // namespace tided::daemon
