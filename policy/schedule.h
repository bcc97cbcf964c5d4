// Schedule: what a calendar asks for, as tables of instants. Cron, zones, dates and holidays are
// compiled by daemon/config; here a rule is a name, what it asks for, and when:
//
//   rule 0   min 10   ---[======)------[======)----      windows of one rule: sorted, apart
//   rule 1   max 4    ------[=========)-----------
//
// Several rules at once: the largest min and the smallest max hold. Where they contradict each
// other or the policy, capacity wins: a max below the min in force, or below the policy's own, is
// raised to it, and no rule leaves the policy's own min..max. In a policy with `idle` that is
// idle..max: a min of a rule, above min or not, is what is left while every metric is idle.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "policy/vocab/shared.h"
#include "policy/vocab/time.h"
#include "policy/vocab/units.h"

namespace tided::policy {

/// From `from` on, to before `to`.
struct Window {
    TimePoint from{};
    TimePoint to{};

    friend auto operator<=>(const Window&, const Window&) = default;
};

struct ScheduleRule {
    std::string name;      ///< as sentences call it: "0 8 * * mon-fri"
    std::string timezone;  ///< for sentences too: the windows are instants
    std::optional<Replicas> min = std::nullopt;
    std::optional<Replicas> max = std::nullopt;
    bool freeze = false;               ///< no step while it holds
    std::vector<Window> windows = {};  ///< sorted; each begins after the one before has ended

    friend bool operator==(const ScheduleRule&, const ScheduleRule&) = default;
};

/// Says nothing of instants outside of from..until: no rule holds there.
struct ScheduleTable {
    TimePoint from{};
    TimePoint until{};
    std::vector<ScheduleRule> rules = {};  ///< at most 255

    [[nodiscard]] bool covers(TimePoint now) const { return from <= now && now < until; }

    friend bool operator==(const ScheduleTable&, const ScheduleTable&) = default;
};

/// None for a policy without a schedule.
using Schedule = Shared<ScheduleTable>;

/// A rule that holds, and how long.
struct Holding {
    std::uint8_t rule = 0xff;  ///< index into ScheduleTable::rules
    TimePoint until{};         ///< the end of its window

    friend bool operator==(const Holding&, const Holding&) = default;
};

/// One end of min..max and the rule that moved it; none: it is the policy's own.
struct Bound {
    Replicas count{};
    std::optional<Holding> by = std::nullopt;

    friend bool operator==(const Bound&, const Bound&) = default;
};

struct Bounds {
    Bound min{};
    Bound max{};

    friend bool operator==(const Bounds&, const Bounds&) = default;
};

/// The bounds at `now` of a policy that may be anywhere within `min` and `max`. Of several rules
/// that ask for the same the one that lasts longest is named, then the first. Allocates nothing;
/// logarithmic in the windows. REQUIRES: min <= max. ENSURES: min <= result.min.count <=
/// result.max.count <= max.
[[nodiscard]] Bounds bounds_at(const Schedule& schedule, Replicas min, Replicas max, TimePoint now);

/// The freezing rule that holds at `now`, of several the one that lasts longest.
[[nodiscard]] std::optional<Holding> frozen_by(const Schedule& schedule, TimePoint now);
[[nodiscard]] inline bool is_frozen(const Schedule& schedule, TimePoint now) {
    return frozen_by(schedule, now).has_value();
}

/// The first instant after `now` at which a window begins or ends; none within the table.
[[nodiscard]] std::optional<TimePoint> next_change(const Schedule& schedule, TimePoint now);

/// Whether the schedule says at `now` how many there should be, so that it can decide alone for a
/// policy without metrics: the table covers `now` and some rule, in force or not, has a min.
[[nodiscard]] bool decides_alone(const Schedule& schedule, TimePoint now);

/// "the schedule 'nights' (Europe/Paris)"; "the schedule" for an index that there is not.
[[nodiscard]] std::string schedule_name(const Schedule& schedule, std::uint8_t rule);

/// " until 18:00 UTC", with its date when that is another day than that of `now`; "" for what holds
/// as far as the table goes.
[[nodiscard]] std::string until_clause(const Schedule& schedule, TimePoint until, TimePoint now);

/// "the schedule 'release' (UTC) freezes the count until 18:00 UTC", for a guard to say.
[[nodiscard]] std::string freeze_clause(const Schedule& schedule,
                                        const Holding& freeze,
                                        TimePoint now);

}  // namespace tided::policy
