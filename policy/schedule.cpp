#include "policy/schedule.h"

#include <algorithm>
#include <functional>

namespace tided::policy {

namespace {

/// The window that `now` lies in, or null.
const Window* window_at(const ScheduleRule& rule, TimePoint now) {
    const auto after = std::ranges::upper_bound(rule.windows, now, {}, &Window::from);
    if (after == rule.windows.begin()) {
        return nullptr;
    }
    const Window& last_begun = *std::prev(after);
    return now < last_begun.to ? &last_begun : nullptr;
}

/// Calls `use(rule, holding)` for each rule in force.
template <typename Use>
void for_each_in_force(const Schedule& schedule, TimePoint now, const Use& use) {
    if (!schedule || !schedule->covers(now)) {
        return;
    }
    for (std::size_t i = 0; i < schedule->rules.size(); ++i) {
        const ScheduleRule& rule = schedule->rules[i];
        if (const Window* window = window_at(rule, now)) {
            use(rule, Holding{.rule = static_cast<std::uint8_t>(i), .until = window->to});
        }
    }
}

bool lasts_longer(const std::optional<Holding>& known, const Holding& other) {
    return known && known->until < other.until;
}

/// `bound` moved to `count`, if that is further by `is_further`.
template <typename Further>
void move(Bound& bound, Replicas count, const Holding& holding, const Further& is_further) {
    if (is_further(count, bound.count) ||
        (count == bound.count && lasts_longer(bound.by, holding))) {
        bound = {.count = count, .by = holding};
    }
}

}  // namespace

Bounds bounds_at(const Schedule& schedule, Replicas min, Replicas max, TimePoint now) {
    Bounds bounds{.min = {.count = min}, .max = {.count = max}};
    for_each_in_force(schedule, now, [&](const ScheduleRule& rule, const Holding& holding) {
        if (rule.min) {
            move(bounds.min, std::min(*rule.min, max), holding, std::greater{});
        }
        if (rule.max) {
            move(bounds.max, *rule.max, holding, std::less{});
        }
    });
    bounds.max.count = std::max(bounds.max.count, bounds.min.count);
    return bounds;
}

std::optional<Holding> frozen_by(const Schedule& schedule, TimePoint now) {
    std::optional<Holding> longest;
    for_each_in_force(schedule, now, [&](const ScheduleRule& rule, const Holding& holding) {
        if (rule.freeze && (!longest || lasts_longer(longest, holding))) {
            longest = holding;
        }
    });
    return longest;
}

std::optional<TimePoint> next_change(const Schedule& schedule, TimePoint now) {
    std::optional<TimePoint> next;
    if (!schedule) {
        return next;
    }
    for (const ScheduleRule& rule : schedule->rules) {
        const auto ends = std::ranges::upper_bound(rule.windows, now, {}, &Window::to);
        if (ends != rule.windows.end()) {
            const TimePoint change = ends->from > now ? ends->from : ends->to;
            next = std::min(next.value_or(change), change);
        }
    }
    return next;
}

bool decides_alone(const Schedule& schedule, TimePoint now) {
    return schedule && schedule->covers(now) &&
           std::ranges::any_of(schedule->rules,
                               [](const ScheduleRule& rule) { return rule.min.has_value(); });
}

std::string schedule_name(const Schedule& schedule, std::uint8_t rule) {
    if (!schedule || rule >= schedule->rules.size()) {
        return "the schedule";
    }
    const ScheduleRule& named = schedule->rules[rule];
    return "the schedule '" + named.name + "' (" + named.timezone + ")";
}

std::string until_clause(const Schedule& schedule, TimePoint until, TimePoint now) {
    if (schedule && until >= schedule->until) {
        return "";
    }
    constexpr std::size_t date = 10;  // of "2026-11-24T18:00:00.000Z"
    constexpr std::size_t minute = 16;
    const std::string end = tided::to_string(until);
    const std::string clock = end.substr(date + 1, minute - date - 1) + " UTC";
    const bool is_today = end.substr(0, date) == tided::to_string(now).substr(0, date);
    return " until " + (is_today ? clock : end.substr(0, date) + ' ' + clock);
}

std::string freeze_clause(const Schedule& schedule, const Holding& freeze, TimePoint now) {
    return schedule_name(schedule, freeze.rule) + " freezes the count" +
           until_clause(schedule, freeze.until, now);
}

}  // namespace tided::policy
