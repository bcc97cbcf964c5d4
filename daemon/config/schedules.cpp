#include "daemon/config/schedules.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "daemon/config/calendar/occurrences.h"
#include "daemon/config/table_reach.h"

namespace tided::config {
namespace {

using policy::Window;
using std::chrono::days;
using std::chrono::floor;

constexpr std::size_t most_windows = 1'000;

/// Less than a quarter of such a table: it is due again at once, see recompile_due().
constexpr Duration ahead_of_failures = std::chrono::hours{6};

/// Where windows are looked for: beginnings further back than the longest window, and ahead by the
/// lead.
struct Search {
    TimePoint from{};
    TimePoint until{};
    const std::string& zone_name;
    const Zone& zone;
};

std::vector<Window> by_cron(const TimeRule& rule, const Search& search) {
    std::vector<Window> out;
    for (const TimePoint at :
         firings(*rule.cron, search.zone, search.from - *rule.length, search.until)) {
        out.push_back({at, at + *rule.length});
    }
    return out;
}

/// A range ends as it says, a beginning by `for`, a day by `for` or with the day.
std::vector<Window> by_dates(const TimeRule& rule, const Search& search) {
    const Duration length = rule.length.value_or(Duration{0});
    const LocalTime from = search.zone.local_at(search.from - length) - days{1};
    const LocalTime until = search.zone.local_at(search.until) + days{1};
    std::vector<Window> out;
    for (const DateEntry& entry : rule.dates) {
        for (const DateEntry& one : in_years(entry, from, until)) {
            const TimePoint at = search.zone.instant_of(one.from);
            const bool is_as_long = rule.length && !one.is_range;
            out.push_back({at, is_as_long ? at + length : search.zone.instant_of(one.to)});
        }
    }
    return out;
}

Result<std::vector<Window>> by_calendar(const TimeRule& rule, const Search& search) {
    const Duration length = rule.length.value_or(Duration{0});
    Effort effort;
    return occurrences(*rule.calendar->calendar,
                       {.match = rule.calendar->match,
                        .zone = search.zone_name,
                        .from = search.from - length,
                        .until = search.until},
                       effort)
        .map([&](const std::vector<Occurrence>& found) {
            std::vector<Window> out;
            for (const Occurrence& one : found) {
                const bool has_end = one.window.to > one.window.from;
                out.push_back(has_end ? one.window
                                      : Window{one.window.from, one.window.from + length});
            }
            return out;
        });
}

/// Drops what begins on days that do not count.
Status filter(const TimeRule& rule, const Search& search, std::vector<Window>& windows) {
    if (windows.empty() || (rule.except == DayList{} && !rule.only_on)) {
        return {};
    }
    const auto [first, last] = std::ranges::minmax(windows, {}, &Window::from);
    const auto set_of = [&, from = first.from, until = last.from + days{1}](const DayList& list) {
        return days_of(list, search.zone_name, from - days{1}, until);
    };
    const auto without = set_of(rule.except);
    const auto only = set_of(rule.only_on.value_or(DayList{}));
    if (!without || !only) {
        return fail(!without ? without.error() : only.error());
    }
    std::erase_if(windows, [&](const Window& window) {
        const auto day = floor<days>(search.zone.local_at(window.from));
        return std::ranges::binary_search(*without, day) ||
               (rule.only_on && !std::ranges::binary_search(*only, day));
    });
    return {};
}

/// Sorted, and those that overlap or touch as one.
std::vector<Window> merged(std::vector<Window> windows) {
    std::ranges::sort(windows);
    std::vector<Window> out;
    for (const Window& window : windows) {
        if (window.to <= window.from) {
            continue;
        }
        if (!out.empty() && window.from <= out.back().to) {
            out.back().to = std::max(out.back().to, window.to);
        } else {
            out.push_back(window);
        }
    }
    return out;
}

/// The instant up to which `windows` are few enough, counted from `now`.
TimePoint few_until(const std::vector<Window>& windows, TimePoint now, TimePoint until) {
    const auto next = std::ranges::upper_bound(windows, now, {}, &Window::to);
    const auto room = static_cast<std::ptrdiff_t>(most_windows);
    return windows.end() - next <= room ? until : std::min(until, (next + room)->from);
}

}  // namespace

Result<std::vector<Window>> windows_of(const TimeRule& rule, TimePoint from, TimePoint until) {
    const Result<Zone> zone =
        zone_between(rule.timezone, from - rule.length.value_or(Duration{0}), until + rule.lead);
    if (!zone) {
        return fail(zone.error());
    }
    const Search search{
        .from = from, .until = until + rule.lead, .zone_name = rule.timezone, .zone = *zone};
    Result<std::vector<Window>> found = rule.cron       ? by_cron(rule, search)
                                        : rule.calendar ? by_calendar(rule, search)
                                                        : by_dates(rule, search);
    if (!found) {
        return found;
    }
    if (Status status = filter(rule, search, *found); !status) {
        return fail(std::move(status).error());
    }
    for (Window& window : *found) {
        window.from -= rule.lead;
    }
    std::vector<Window> windows = merged(*std::move(found));
    std::erase_if(windows,
                  [&](const Window& window) { return window.to <= from || window.from >= until; });
    return windows;
}

Expansion expand(const Schedules& schedules, TimePoint now, const policy::Schedule& former) {
    if (schedules.rules.empty()) {
        return {};
    }
    const bool has_former = former && former->rules.size() == schedules.rules.size();
    Expansion expansion;
    policy::ScheduleTable table{.from = now - table_behind, .until = now + table_ahead};
    for (const TimeRule& rule : schedules.rules) {
        const std::size_t index = table.rules.size();
        auto windows = windows_of(rule, table.from, table.until);
        if (!windows) {
            expansion.failures.push_back({.rule = index, .why = windows.error().message});
            windows = has_former ? former->rules[index].windows : std::vector<Window>{};
        }
        table.until = few_until(*windows, now, table.until);
        table.rules.push_back({.name = rule.name,
                               .timezone = rule.timezone,
                               .min = rule.min,
                               .max = rule.max,
                               .freeze = rule.freeze,
                               .windows = *std::move(windows)});
    }
    for (policy::ScheduleRule& rule : table.rules) {
        std::erase_if(rule.windows,
                      [&](const Window& window) { return window.from >= table.until; });
        rule.windows.shrink_to_fit();
    }
    if (!expansion.failures.empty()) {
        table.until = std::min(table.until, now + ahead_of_failures);
    }
    expansion.table = policy::Schedule{std::move(table)};
    return expansion;
}

std::string sentence_of(const Schedules& schedules, const Expansion& expansion) {
    std::string text;
    for (const Expansion::Failure& failure : expansion.failures) {
        text += (text.empty() ? "schedule '" : "; schedule '") +
                schedules.rules[failure.rule].name + "': " + failure.why;
    }
    return text;
}

Result<policy::Schedule> table_for(const Schedules& schedules, TimePoint now) {
    Expansion expansion = expand(schedules, now);
    if (!expansion.failures.empty()) {
        return fail(ErrorCode::invalid_input, sentence_of(schedules, expansion));
    }
    return std::move(expansion.table);
}

bool recompile_due(const policy::Schedule& schedule, TimePoint now) {
    return schedule && (now < schedule->from ||
                        now >= schedule->until - (schedule->until - schedule->from) / 4);
}

Status refresh(const Shared<Schedules>& schedules, policy::Schedule& table, TimePoint now) {
    if (!schedules || (table && !recompile_due(table, now))) {
        return {};
    }
    Expansion next = expand(*schedules, now, table);
    table = std::move(next.table);
    if (!next.failures.empty()) {
        return fail(ErrorCode::invalid_input, sentence_of(*schedules, next));
    }
    return {};
}

}  // namespace tided::config
