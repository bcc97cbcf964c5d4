// TableReach: how far a table of schedules (schedules.h) reaches around the instant that it is made
// for, and thus when it was made: with the same rules the same table comes out for that instant.
#pragma once

#include <chrono>

#include "policy/schedule.h"
#include "policy/vocab/time.h"

namespace tided::config {

inline constexpr Duration table_behind = std::chrono::days{1};
inline constexpr Duration table_ahead = std::chrono::days{100};

/// The `now` that table_for() made `table` for.
[[nodiscard]] inline TimePoint made_at(const policy::ScheduleTable& table) {
    return table.from + table_behind;
}

}  // namespace tided::config
