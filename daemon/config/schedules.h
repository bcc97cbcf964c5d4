// Schedules: the rules of one policy as they are written, and the table of instants that the policy
// core sees of them. A rule fires (cron), lasts (dates, calendar), and asks for something:
//
//   cron = "0 8 * * mon-fri", for = "10h", lead = "15m", except = ["fr"]
//   fires 08:00 local unless the day is in a list   ->   a window [fires - lead, fires + for)
//
// A table reaches from a day ago to 100 days ahead, less when a rule has more than 1000 windows
// until then, and is compiled anew when three quarters of it are over. Windows of one rule that
// overlap or touch become one.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "daemon/config/cron.h"
#include "daemon/config/days.h"
#include "policy/schedule.h"
#include "policy/vocab/result.h"
#include "policy/vocab/shared.h"
#include "policy/vocab/units.h"

namespace tided::config {

/// REQUIRES: exactly one of cron, dates and calendar; `length` with cron.
struct TimeRule {
    std::string name{};
    std::string timezone = "UTC";
    std::optional<Cron> cron{};
    std::vector<DateEntry> dates{};
    std::optional<CalendarPick> calendar{};
    std::optional<Duration> length{};  ///< by the clock, of what has no end of its own
    Duration lead{};
    DayList except{};                  ///< it does not fire on days of these
    std::optional<DayList> only_on{};  ///< and only on days of these
    std::optional<Replicas> min{};
    std::optional<Replicas> max{};
    bool freeze = false;

    friend bool operator==(const TimeRule&, const TimeRule&) = default;
};

struct Schedules {
    std::vector<TimeRule> rules{};

    friend bool operator==(const Schedules&, const Schedules&) = default;
};

/// Windows of `rule` that touch from..until: sorted, apart. Errors: what only expanding shows.
[[nodiscard]] Result<std::vector<policy::Window>> windows_of(const TimeRule& rule,
                                                             TimePoint from,
                                                             TimePoint until);

/// A table, and the rules that could not be expanded for it.
struct Expansion {
    struct Failure {
        std::size_t rule = 0;
        std::string why{};
    };
    policy::Schedule table{};
    std::vector<Failure> failures{};
};

/// The table for some time around `now`; none without rules. A pure function of its arguments and
/// the system's time zones. Takes about a millisecond; a large calendar up to a second.
/// A rule that cannot be expanded keeps its windows of `former`, a table of the same rules; the
/// new one then reaches some hours ahead only, so that recompile_due asks again at once.
[[nodiscard]] Expansion expand(const Schedules& schedules,
                               TimePoint now,
                               const policy::Schedule& former = {});

/// The failures in words: "schedule 'nights': ...; schedule ...".
[[nodiscard]] std::string sentence_of(const Schedules& schedules, const Expansion& expansion);

/// The same table, whole. Errors: what sentence_of says.
[[nodiscard]] Result<policy::Schedule> table_for(const Schedules& schedules, TimePoint now);

/// Whether table_for should be asked again: `now` is before the table, or in its last quarter.
[[nodiscard]] bool recompile_due(const policy::Schedule& schedule, TimePoint now);

/// Makes `table` anew when it is due, or not there yet. Errors: as table_for; `table` is then new
/// but for the rules that failed, see expand().
[[nodiscard]] Status refresh(const Shared<Schedules>& schedules,
                             policy::Schedule& table,
                             TimePoint now);

}  // namespace tided::config
