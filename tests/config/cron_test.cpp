// Cron: its fields, Vixie's rule of two days, and local times that clocks skip or repeat; then a
// whole year in several zones, minute by minute, against an evaluation that shares no code.
#include "daemon/config/cron.h"

#include <algorithm>
#include <array>
#include <functional>
#include <string>
#include <vector>

#include <date/tz.h>

#include <doctest/doctest.h>

#include "daemon/config/schedules.h"

using namespace tided;
using namespace tided::config;
using namespace std::chrono_literals;

namespace {

TimePoint at(const char* text) {
    return *parse_rfc3339(text);
}

/// Firings of `cron` in `zone` between two instants, as "2026-03-29T01:00Z ..."
std::string fired(const char* cron, const char* zone_name, const char* from, const char* until) {
    const Zone zone = zone_between(zone_name, at(from), at(until)).value();
    std::string text;
    for (const TimePoint one : firings(parse_cron(cron).value(), zone, at(from), at(until))) {
        text += (text.empty() ? "" : " ") + to_string(one).substr(0, 16) + 'Z';
    }
    return text;
}

}  // namespace

TEST_CASE("cron: lists, ranges, steps and names") {
    const Cron cron = parse_cron("*/20,7 8-10,23 1-31/10 jan,Mar-MAY sun,2").value();
    CHECK(cron.minutes == ((1ULL << 0) | (1ULL << 7) | (1ULL << 20) | (1ULL << 40)));
    CHECK(cron.hours == ((1U << 8) | (1U << 9) | (1U << 10) | (1U << 23)));
    CHECK(cron.days == ((1U << 1) | (1U << 11) | (1U << 21) | (1U << 31)));
    CHECK(cron.months == ((1U << 1) | (1U << 3) | (1U << 4) | (1U << 5)));
    CHECK(cron.weekdays == ((1U << 0) | (1U << 2)));
    CHECK(cron.either_day);
}

TEST_CASE("cron: forms that mean the same") {
    const std::array<std::array<const char*, 2>, 10> rows{{{"@hourly", "0 * * * *"},
                                                           {"@daily", "0 0 */1 * *"},
                                                           {"@Midnight", "0 0 * * *"},
                                                           {"@weekly", "0 0 * * 7"},
                                                           {"@monthly", "0 0 1 * *"},
                                                           {"@annually", "0 0 1 jan *"},
                                                           {"0 8 * * 5-7", "  0\t8 * *  fri-sun "},
                                                           {"0 8 * * 0,6", "0 8 * * sat-sun"},
                                                           {"0 8 * * 1-5", "0 08 * * MON-FRI"},
                                                           {"* * * * 0-7", "* * * * 0-6"}}};
    for (const auto& [one, other] : rows) {
        INFO(one);
        Cron a = parse_cron(one).value();
        a.either_day = parse_cron(other).value().either_day;
        CHECK(a == parse_cron(other).value());
    }
}

TEST_CASE("cron: when both days are restricted either suffices, otherwise both must fit") {
    const char* from = "2026-05-01T00:00:00Z";
    const char* until = "2026-06-01T00:00:00Z";
    CHECK(fired("0 0 13 * fri", "UTC", from, until) ==
          "2026-05-01T00:00Z 2026-05-08T00:00Z 2026-05-13T00:00Z 2026-05-15T00:00Z "
          "2026-05-22T00:00Z 2026-05-29T00:00Z");
    CHECK(fired("0 0 13 * *", "UTC", from, until) == "2026-05-13T00:00Z");
    CHECK(fired("0 0 */14 * fri", "UTC", from, until) ==
          "2026-05-01T00:00Z 2026-05-15T00:00Z 2026-05-29T00:00Z");
    CHECK(fired("0 0 1-7 * */7", "UTC", from, until) == "2026-05-03T00:00Z");
}

TEST_CASE("cron: what no year has never fires, what few years have does") {
    const std::array<std::pair<const char*, bool>, 7> rows{{{"0 0 31 2 *", false},
                                                            {"0 0 30 feb *", false},
                                                            {"0 0 31 4,6,9,11 *", false},
                                                            {"0 0 31 2 mon", true},
                                                            {"0 0 31 2 */2", false},
                                                            {"0 0 29 2 *", true},
                                                            {"0 0 31 2,3 *", true}}};
    for (const auto& [text, fires] : rows) {
        INFO(text);
        CHECK(ever_fires(parse_cron(text).value()) == fires);
    }
    CHECK(fired("0 0 29 2 *", "UTC", "2025-01-01T00:00:00Z", "2033-01-01T00:00:00Z") ==
          "2028-02-29T00:00Z 2032-02-29T00:00Z");
}

TEST_CASE("cron: a skipped time fires right after the gap, a repeated one the first time only") {
    struct Row {
        const char* zone;
        const char* cron;
        const char* from;
        const char* until;
        const char* fired;
    };
    const std::array<Row, 11> rows{{
        {"Europe/Paris",
         "30 2 * * *",
         "2026-03-28T00:00:00Z",
         "2026-03-31T00:00:00Z",
         "2026-03-28T01:30Z 2026-03-29T01:00Z 2026-03-30T00:30Z"},
        {"Europe/Paris",
         "30 2 * * *",
         "2026-10-24T00:00:00Z",
         "2026-10-27T00:00:00Z",
         "2026-10-24T00:30Z 2026-10-25T00:30Z 2026-10-26T01:30Z"},
        {"Europe/Paris",
         "0 8 * * *",
         "2026-03-28T00:00:00Z",
         "2026-03-30T00:00:00Z",
         "2026-03-28T07:00Z 2026-03-29T06:00Z"},
        {"Europe/Paris",
         "*/30 2-3 * * *",
         "2026-03-29T00:00:00Z",
         "2026-03-30T00:00:00Z",
         "2026-03-29T01:00Z 2026-03-29T01:30Z"},
        {"America/New_York",
         "30 1,2 * * *",
         "2024-03-10T00:00:00Z",
         "2024-03-11T00:00:00Z",
         "2024-03-10T06:30Z 2024-03-10T07:00Z"},
        {"America/New_York",
         "30 1 * * *",
         "2024-11-03T00:00:00Z",
         "2024-11-04T00:00:00Z",
         "2024-11-03T05:30Z"},
        {"Australia/Lord_Howe",
         "15 2 * * *",
         "2024-10-05T00:00:00Z",
         "2024-10-07T00:00:00Z",
         "2024-10-05T15:30Z 2024-10-06T15:15Z"},
        {"Australia/Lord_Howe",
         "45 1 * * *",
         "2024-04-05T12:00:00Z",
         "2024-04-07T12:00:00Z",
         "2024-04-05T14:45Z 2024-04-06T14:45Z"},
        {"Asia/Kathmandu",
         "0 8 * * *",
         "2024-01-01T00:00:00Z",
         "2024-01-02T00:00:00Z",
         "2024-01-01T02:15Z"},
        {"America/Sao_Paulo",
         "0 0 * * *",
         "2018-11-03T00:00:00Z",
         "2018-11-06T00:00:00Z",
         "2018-11-03T03:00Z 2018-11-04T03:00Z 2018-11-05T02:00Z"},
        {"Pacific/Apia",
         "0 8 30 12 *",
         "2011-12-28T00:00:00Z",
         "2012-01-02T00:00:00Z",
         "2011-12-30T10:00Z"},
    }};
    for (const Row& row : rows) {
        INFO(row.zone << ' ' << row.cron);
        CHECK(fired(row.cron, row.zone, row.from, row.until) == row.fired);
    }
}

TEST_CASE("zone: a name is never a path, and one that is not there is told") {
    for (const char* name : {"", "Europe", "europe/paris", "../etc/passwd", "/etc/localtime"}) {
        INFO(name);
        CHECK_FALSE(is_zone(name).value());
        CHECK_FALSE(zone_between(name, TimePoint{}, TimePoint{}).has_value());
    }
    CHECK(is_zone("Europe/Paris").value());
    CHECK(zone_names().size() > 300);
}

// ---- a year, minute by minute ----

namespace {

/// What a clock on the wall shows.
struct Clock {
    int month, day, weekday, hour, minute;
};

struct Pattern {
    const char* cron;
    std::function<bool(const Clock&)> fires;
};

const std::array<Pattern, 6> patterns{
    {{"0 8 * * mon-fri",
      [](const Clock& c) { return c.minute == 0 && c.hour == 8 && c.weekday % 6 != 0; }},
     {"*/15 0-3 * * *", [](const Clock& c) { return c.minute % 15 == 0 && c.hour <= 3; }},
     {"30 2 13 * fri",
      [](const Clock& c) {
          return c.minute == 30 && c.hour == 2 && (c.day == 13 || c.weekday == 5);
      }},
     {"0 0 * * *", [](const Clock& c) { return c.minute == 0 && c.hour == 0; }},
     {"7 */5 */3 mar-nov *",
      [](const Clock& c) {
          return c.minute == 7 && c.hour % 5 == 0 && c.day % 3 == 1 && c.month >= 3 &&
                 c.month <= 11;
      }},
     {"50-59 23 31 12 *", [](const Clock& c) {
          return c.minute >= 50 && c.hour == 23 && c.day == 31 && c.month == 12;
      }}}};

Clock clock_at(std::chrono::sys_time<std::chrono::minutes> wall) {
    const auto day = std::chrono::floor<std::chrono::days>(wall);
    const std::chrono::year_month_day date{day};
    const int minute = static_cast<int>((wall - day).count());
    return {static_cast<int>(unsigned{date.month()}),
            static_cast<int>(unsigned{date.day()}),
            static_cast<int>(std::chrono::weekday{day}.c_encoding()),
            minute / 60,
            minute % 60};
}

/// Walks over UTC and looks at the wall: a minute counts when the wall shows it for the first time,
/// and those that the wall leaps over count at the leap.
std::vector<TimePoint> walked(const Pattern& pattern, const std::string& zone_name, int year) {
    using std::chrono::minutes;
    using Wall = std::chrono::sys_time<minutes>;
    const date::time_zone* zone = date::locate_zone(zone_name);
    const Wall begin = std::chrono::sys_days{std::chrono::year{year} / 1 / 1};
    const Wall end = std::chrono::sys_days{std::chrono::year{year + 1} / 1 / 1};
    date::sys_info info = zone->get_info(begin);
    const auto offset = [&] { return std::chrono::duration_cast<minutes>(info.offset); };
    Wall seen = begin + offset() - 1min;
    std::vector<TimePoint> out;
    for (Wall utc = begin; utc < end; utc += 1min) {
        if (utc >= info.end) {
            info = zone->get_info(utc);
        }
        bool fires = false;
        for (; seen < utc + offset(); seen += 1min) {
            fires = fires || pattern.fires(clock_at(seen + 1min));
        }
        if (fires) {
            out.push_back(utc);
        }
    }
    return out;
}

}  // namespace

TEST_CASE("property: a year's windows are those of a walk over all its minutes") {
    const std::array<std::pair<const char*, int>, 7> years{{{"UTC", 2024},
                                                            {"Europe/Paris", 2024},
                                                            {"America/New_York", 2023},
                                                            {"Australia/Lord_Howe", 2024},
                                                            {"Asia/Kathmandu", 2024},
                                                            {"America/Sao_Paulo", 2018},
                                                            {"Pacific/Apia", 2011}}};
    for (const auto& [zone, year] : years) {
        for (const Pattern& pattern : patterns) {
            INFO(zone << ' ' << year << ' ' << pattern.cron);
            const TimePoint begin = std::chrono::sys_days{std::chrono::year{year} / 1 / 1};
            const TimePoint end = std::chrono::sys_days{std::chrono::year{year + 1} / 1 / 1};
            const std::vector<TimePoint> expected = walked(pattern, zone, year);
            const Zone known = zone_between(zone, begin, end).value();
            CHECK(firings(parse_cron(pattern.cron).value(), known, begin, end) == expected);

            const TimeRule rule{.timezone = zone,
                                .cron = parse_cron(pattern.cron).value(),
                                .length = 20min,
                                .lead = 5min};
            std::vector<policy::Window> windows;
            for (const TimePoint one : expected) {
                if (!windows.empty() && one - 5min <= windows.back().to) {
                    windows.back().to = one + 20min;
                } else {
                    windows.push_back({one - 5min, one + 20min});
                }
            }
            // The edges of the year belong to its neighbours too.
            const auto inner = [&](std::vector<policy::Window> all) {
                std::erase_if(all, [&](const policy::Window& window) {
                    return window.from < begin + 24h || window.to > end - 24h;
                });
                return all;
            };
            CHECK(inner(windows_of(rule, begin, end).value()) == inner(windows));
        }
    }
}
