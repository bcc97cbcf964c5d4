// Recurrence: the local times of one RRULE (RFC 5545, 3.3.10), through libical, with bounded work.
//
//   FREQ=WEEKLY;BYDAY=MO,FR;UNTIL=20261231   from its start until a horizon
//
// Refused, since a calendar need not have them and they can take hours: FREQ=SECONDLY and MINUTELY,
// HOURLY with parts that choose dates, RSCALE, and rules that have no occurrence at all.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "daemon/config/zone.h"
#include "policy/vocab/result.h"

namespace tided::config {

/// What expanding a calendar may cost; one unit is about 3 us.
struct Effort {
    std::size_t left = 300'000;
};

/// Which part of a recurrence is asked for.
struct Stretch {
    LocalTime from{};   ///< earlier occurrences are left out
    LocalTime until{};  ///< and those after it
};

/// Whether `rule` can be expanded at all. Errors: a clause that says why not.
[[nodiscard]] Status check_recurrence(const std::string& rule);

/// The occurrences within `stretch`, in order. `zone` is the one that `start` is in: an UNTIL may
/// be an instant. Errors: as above, or the effort is used up.
[[nodiscard]] Result<std::vector<LocalTime>> recurrences(const std::string& rule,
                                                         LocalTime start,
                                                         const Stretch& stretch,
                                                         const Zone& zone,
                                                         Effort& effort);

}  // namespace tided::config
