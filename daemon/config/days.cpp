#include "daemon/config/days.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "daemon/config/calendar/occurrences.h"

namespace tided::config {
namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::local_days;

/// "2026-12-24" against "dddd-dd-dd": d is a digit, everything else itself.
bool has_shape(std::string_view text, std::string_view shape) {
    return std::ranges::equal(text, shape, [](char c, char expected) {
        return expected == 'd' ? c >= '0' && c <= '9' : c == expected;
    });
}

int number_at(std::string_view text, std::size_t at, std::size_t digits) {
    int value = 0;
    std::from_chars(text.data() + at, text.data() + at + digits, value);
    return value;
}

/// A date, with or without time, or without year.
struct Moment {
    LocalTime at{};
    bool has_time = false;
    bool has_year = true;
};

std::optional<local_days> date_of(int year, int month, int day) {
    using namespace std::chrono;
    const year_month_day date{std::chrono::year{year},
                              std::chrono::month{static_cast<unsigned>(month)},
                              std::chrono::day{static_cast<unsigned>(day)}};
    return date.ok() ? std::optional{local_days{date}} : std::nullopt;
}

Result<Moment> moment_of(std::string_view text) {
    const bool is_yearly = has_shape(text, "dd-dd");
    const bool has_time = has_shape(text, "dddd-dd-ddTdd:dd");
    if (!is_yearly && !has_time && !has_shape(text, "dddd-dd-dd")) {
        return fail(ErrorCode::invalid_input, '\'' + std::string{text} + "' is no date");
    }
    constexpr int some_leap_year = 2000;
    const std::size_t month = is_yearly ? 0 : 5;
    const auto date = date_of(is_yearly ? some_leap_year : number_at(text, 0, 4),
                              number_at(text, month, 2),
                              number_at(text, month + 3, 2));
    const int hour = has_time ? number_at(text, 11, 2) : 0;
    const int minute = has_time ? number_at(text, 14, 2) : 0;
    if (!date || hour > 23 || minute > 59) {
        return fail(ErrorCode::invalid_input, '\'' + std::string{text} + "' does not exist");
    }
    return Moment{.at = *date + std::chrono::hours{hour} + std::chrono::minutes{minute},
                  .has_time = has_time,
                  .has_year = !is_yearly};
}

Result<DateEntry> range_of(const Moment& first, const Moment& last) {
    if (!first.has_year || !last.has_year) {
        return fail(ErrorCode::invalid_input, "a range needs its years");
    }
    const LocalTime to = last.has_time ? last.at : last.at + days{1};
    if (to <= first.at) {
        return fail(ErrorCode::invalid_input, "the range ends before it begins");
    }
    return DateEntry{
        .from = first.at, .to = to, .is_range = true, .has_time = first.has_time || last.has_time};
}

struct Extent {
    LocalTime from{};
    LocalTime until{};
};

/// The days that from..to touches, of those that `only` touches.
void add_days(LocalTime from, LocalTime to, const Extent& only, DaySet& into) {
    const LocalTime end = std::min(to, only.until);
    for (auto day = floor<days>(std::max(from, only.from)); day < end; day += days{1}) {
        into.push_back(day);
    }
}

}  // namespace

bool looks_like_date(std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789-/:T") == std::string_view::npos;
}

Result<DateEntry> parse_date(std::string_view text) {
    const std::size_t slash = text.find('/');
    const Result<Moment> first = moment_of(text.substr(0, slash));
    if (!first) {
        return fail(first.error());
    }
    if (slash == std::string_view::npos) {
        return DateEntry{.from = first->at,
                         .to = first->has_time ? first->at : first->at + days{1},
                         .has_time = first->has_time,
                         .every_year = !first->has_year};
    }
    const Result<Moment> last = moment_of(text.substr(slash + 1));
    if (!last) {
        return fail(last.error());
    }
    return range_of(*first, *last);
}

std::vector<DateEntry> in_years(const DateEntry& entry, LocalTime from, LocalTime until) {
    if (!entry.every_year) {
        const bool touches = entry.from < until && (entry.to > from || entry.from >= from);
        return touches ? std::vector{entry} : std::vector<DateEntry>{};
    }
    using std::chrono::year_month_day;
    const year_month_day pattern{floor<days>(entry.from)};
    std::vector<DateEntry> all;
    for (auto year = year_month_day{floor<days>(from)}.year();
         year <= year_month_day{floor<days>(until)}.year();
         ++year) {
        const year_month_day date{year, pattern.month(), pattern.day()};
        if (date.ok()) {
            const LocalTime at = local_days{date};
            all.push_back({.from = at, .to = at + (entry.to - entry.from), .every_year = true});
        }
    }
    return all;
}

Result<DaySet> days_of(const DayList& list,
                       const std::string& zone_name,
                       TimePoint from,
                       TimePoint until) {
    const Result<Zone> zone = zone_between(zone_name, from, until);
    if (!zone) {
        return fail(zone.error());
    }
    const Extent all{.from = zone->local_at(from), .until = zone->local_at(until)};
    DaySet set;
    for (const DateEntry& entry : list.dates) {
        for (const DateEntry& one : in_years(entry, all.from, all.until)) {
            add_days(one.from, one.to, all, set);
        }
    }
    for (const CalendarPick& pick : list.calendars) {
        Effort effort;
        const auto events =
            occurrences(*pick.calendar,
                        {.match = pick.match, .zone = zone_name, .from = from, .until = until},
                        effort);
        if (!events) {
            return fail(events.error());
        }
        for (const Occurrence& event : *events) {
            const LocalTime begin = zone->local_at(std::max(event.window.from, from));
            const LocalTime end = zone->local_at(std::min(event.window.to, until));
            add_days(begin, std::max(end, begin + Duration{1}), all, set);
        }
    }
    std::ranges::sort(set);
    set.erase(std::unique(set.begin(), set.end()), set.end());
    return set;
}

}  // namespace tided::config
