// Calendars: events, zones, rules and their exceptions as instants; and files that are made to
// hurt.
#include "daemon/config/calendar.h"

#include <array>
#include <string>

#include <doctest/doctest.h>

#include "daemon/config/calendar/occurrences.h"

using namespace tided;
using namespace tided::config;
using namespace std::chrono_literals;

namespace {

std::string calendar(const std::string& body) {
    return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//tests//EN\r\n" + body + "END:VCALENDAR\r\n";
}

std::string event(const std::string& properties) {
    return "BEGIN:VEVENT\r\nUID:a@tests\r\nSUMMARY:Sale\r\n" + properties + "END:VEVENT\r\n";
}

std::string minute(TimePoint at) {
    return to_string(at).substr(0, 16);
}

/// Occurrences in 2024, floating times in Paris, as "2024-01-02T08:00..2024-01-02T18:00 ..."
std::string listed(const std::string& text, const std::string& match = "", Effort effort = {}) {
    const Result<Calendar> read = read_calendar(text);
    if (!read) {
        return read.error().message;
    }
    const auto found = occurrences(*read,
                                   {.match = match,
                                    .zone = "Europe/Paris",
                                    .from = *parse_rfc3339("2024-01-01T00:00:00Z"),
                                    .until = *parse_rfc3339("2025-01-01T00:00:00Z")},
                                   effort);
    if (!found) {
        return found.error().message;
    }
    std::string out;
    for (const Occurrence& one : *found) {
        out += (out.empty() ? "" : " ") + minute(one.window.from) + ".." + minute(one.window.to);
    }
    return out;
}

struct Row {
    const char* name;
    std::string properties;
    const char* expected;
};

/// Lisbon's hour, under a name of its own.
const std::string own_zone =
    "BEGIN:VTIMEZONE\r\nTZID:Romance Standard Time\r\n"
    "BEGIN:STANDARD\r\nDTSTART:16010101T030000\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\n"
    "RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=10\r\nEND:STANDARD\r\n"
    "BEGIN:DAYLIGHT\r\nDTSTART:16010101T020000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\n"
    "RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=3\r\nEND:DAYLIGHT\r\n"
    "END:VTIMEZONE\r\n";

}  // namespace

TEST_CASE(
    "calendar: an event without summary and categories is one of all events, and of no match") {
    const std::string holidays = calendar(
        "BEGIN:VEVENT\r\nUID:a@tests\r\nDTSTART:20240501T080000Z\r\n"
        "DTEND:20240501T100000Z\r\nEND:VEVENT\r\n");
    CHECK(listed(holidays) == "2024-05-01T08:00..2024-05-01T10:00");
    CHECK(listed(holidays, "Sale") == "");
    CHECK(matches(CalendarEvent{}, ""));
    CHECK_FALSE(matches(CalendarEvent{}, "a"));
}

TEST_CASE("calendar: times in UTC, in a zone, floating, and whole days") {
    const std::array<Row, 8> rows{{
        {"UTC",
         "DTSTART:20240102T080000Z\r\nDTEND:20240102T180000Z\r\n",
         "2024-01-02T08:00..2024-01-02T18:00"},
        {"zone",
         "DTSTART;TZID=America/New_York:20240702T080000\r\nDURATION:PT90M\r\n",
         "2024-07-02T12:00..2024-07-02T13:30"},
        {"vendor's prefix",
         "DTSTART;TZID=/mozilla.org/20050126_1/Asia/Kathmandu:20240702T080000\r\nDURATION:PT1H\r\n",
         "2024-07-02T02:15..2024-07-02T03:15"},
        {"floating",
         "DTSTART:20240702T080000\r\nDTEND:20240702T090000\r\n",
         "2024-07-02T06:00..2024-07-02T07:00"},
        {"a day without end",
         "DTSTART;VALUE=DATE:20240501\r\n",
         "2024-04-30T22:00..2024-05-01T22:00"},
        {"the day on which clocks change",
         "DTSTART;VALUE=DATE:20240331\r\n",
         "2024-03-30T23:00..2024-03-31T22:00"},
        {"days",
         "DTSTART;VALUE=DATE:20240501\r\nDTEND;VALUE=DATE:20240504\r\n",
         "2024-04-30T22:00..2024-05-03T22:00"},
        {"a day by the calendar, not by the clock",
         "DTSTART;TZID=Europe/Paris:20240330T120000\r\nDURATION:P1D\r\n",
         "2024-03-30T11:00..2024-03-31T10:00"},
    }};
    for (const Row& row : rows) {
        INFO(row.name);
        CHECK(listed(calendar(event(row.properties))) == row.expected);
    }
}

TEST_CASE("calendar: rules, with their exceptions") {
    const std::string morning =
        "DTSTART;TZID=Europe/Paris:20230105T080000\r\nDTEND;TZID=Europe/Paris:20230105T180000\r\n";
    const std::array<Row, 9> rows{{
        {"yearly", morning + "RRULE:FREQ=YEARLY\r\n", "2024-01-05T07:00..2024-01-05T17:00"},
        {"count",
         morning + "RRULE:FREQ=MONTHLY;COUNT=14\r\n",
         "2024-01-05T07:00..2024-01-05T17:00 2024-02-05T07:00..2024-02-05T17:00"},
        {"until in UTC, inclusive",
         morning + "RRULE:FREQ=MONTHLY;UNTIL=20240205T070000Z\r\n",
         "2024-01-05T07:00..2024-01-05T17:00 2024-02-05T07:00..2024-02-05T17:00"},
        {"until a day",
         morning + "RRULE:FREQ=MONTHLY;UNTIL=20240205\r\n",
         "2024-01-05T07:00..2024-01-05T17:00 2024-02-05T07:00..2024-02-05T17:00"},
        {"the last Friday of November",
         morning + "RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=-1FR\r\n",
         "2024-11-29T07:00..2024-11-29T17:00"},
        {"without a date",
         morning + "RRULE:FREQ=MONTHLY;UNTIL=20240301\r\n"
                   "EXDATE;TZID=Europe/Paris:20240105T080000\r\n",
         "2024-02-05T07:00..2024-02-05T17:00"},
        {"without a whole day",
         morning + "RRULE:FREQ=MONTHLY;UNTIL=20240301\r\nEXDATE;VALUE=DATE:20240205\r\n",
         "2024-01-05T07:00..2024-01-05T17:00"},
        {"dates added, one with a length of its own",
         morning + "RDATE:20240301T120000Z\r\nRDATE;VALUE=PERIOD:20240401T120000Z/PT1H\r\n",
         "2024-03-01T12:00..2024-03-01T22:00 2024-04-01T12:00..2024-04-01T13:00"},
        {"hourly, across the repeated hour",
         "DTSTART;TZID=Europe/Paris:20241027T013000\r\nDURATION:PT10M\r\n"
         "RRULE:FREQ=HOURLY;COUNT=3\r\n",
         "2024-10-26T23:30..2024-10-26T23:40 2024-10-27T00:30..2024-10-27T00:40 "
         "2024-10-27T02:30..2024-10-27T02:40"},
    }};
    for (const Row& row : rows) {
        INFO(row.name);
        CHECK(listed(calendar(event(row.properties))) == row.expected);
    }
}

TEST_CASE("calendar: one occurrence moved, one cancelled, a series cancelled") {
    const std::string series = event(
        "DTSTART;TZID=Europe/Paris:20240105T080000\r\nDURATION:PT2H\r\n"
        "RRULE:FREQ=WEEKLY;COUNT=3\r\n");
    const std::string moved = event(
        "RECURRENCE-ID;TZID=Europe/Paris:20240112T080000\r\n"
        "DTSTART;TZID=Europe/Paris:20240113T100000\r\nDURATION:PT1H\r\n");
    const std::string cancelled = event(
        "RECURRENCE-ID:20240119T070000Z\r\nDTSTART:20240119T070000Z\r\n"
        "STATUS:CANCELLED\r\n");
    CHECK(listed(calendar(series + moved + cancelled)) ==
          "2024-01-05T07:00..2024-01-05T09:00 2024-01-13T09:00..2024-01-13T10:00");
    CHECK(listed(calendar(event("DTSTART:20240105T080000Z\r\nDURATION:PT2H\r\n"
                                "RRULE:FREQ=WEEKLY;COUNT=3\r\nSTATUS:CANCELLED\r\n"))) == "");
}

TEST_CASE("calendar: a zone that only the file knows") {
    const std::string winter =
        event("DTSTART;TZID=Romance Standard Time:20240105T080000\r\nDURATION:PT1H\r\n");
    const std::string gap =
        event("DTSTART;TZID=Romance Standard Time:20240331T023000\r\nDURATION:PT1H\r\n");
    const std::string summer =
        event("DTSTART;TZID=Romance Standard Time:20240705T080000\r\nDURATION:PT1H\r\n");
    CHECK(listed(calendar(own_zone + winter + gap + summer)) ==
          "2024-01-05T07:00..2024-01-05T08:00 2024-03-31T01:00..2024-03-31T02:00 "
          "2024-07-05T06:00..2024-07-05T07:00");
}

TEST_CASE("calendar: match looks into summary and categories, in any case") {
    const std::string text = calendar(
        event("CATEGORIES:Marketing,Peak\r\nDTSTART:20240102T080000Z\r\nDURATION:PT1H\r\n") +
        "BEGIN:VEVENT\r\nUID:b\r\nSUMMARY:Release 2024\r\nDTSTART:20240103T080000Z\r\n"
        "DURATION:PT1H\r\nEND:VEVENT\r\n");
    CHECK(listed(text, "peak") == "2024-01-02T08:00..2024-01-02T09:00");
    CHECK(listed(text, "RELEASE") == "2024-01-03T08:00..2024-01-03T09:00");
    CHECK(listed(text, "freeze") == "");
}

TEST_CASE("calendar: what is broken elsewhere is nobody's business, a byte order mark neither") {
    CHECK(listed("\xEF\xBB\xBF" +
                 calendar(event("LOCATION:\r\nGEO:nowhere\r\nDTSTART:20240102T080000Z"
                                "\r\nDURATION:PT1H\r\nBEGIN:VALARM\r\nTRIGGER:never\r\n"
                                "END:VALARM\r\n"))) == "2024-01-02T08:00..2024-01-02T09:00");
}

TEST_CASE("calendar: each broken file is told in one clause") {
    const std::string start = "DTSTART:20240102T080000Z\r\n";
    const std::array<std::pair<std::string, std::string>, 14> rows{{
        {"", "it has no BEGIN:VCALENDAR"},
        {"<html>", "line 1 is outside of BEGIN:VCALENDAR"},
        {"BEGIN:VCARD\r\nEND:VCARD\r\n", "line 1 is outside of BEGIN:VCALENDAR"},
        {calendar("BEGIN:VEVENT\r\n"), "line 5: END:VCALENDAR ends nothing that has begun"},
        {calendar("END:VEVENT\r\n"), "line 4: END:VEVENT ends nothing that has begun"},
        {calendar("BEGIN:\r\n VEVENT\r\n"), "line 5 continues a line that cannot be continued"},
        {calendar("BEG\r\n IN:VEVENT\r\n"), "line 5 continues a line that cannot be continued"},
        {calendar(event("A:\rB\r\n")), "line 7 holds a NUL character or a lone carriage return"},
        {calendar(event("")), "event 'Sale': it has no DTSTART"},
        {calendar(event("DTSTART:20240230T080000Z\r\n")),
         "event 'Sale': DTSTART is no date that exists"},
        {calendar(event(start + "DURATION:-PT1H\r\n")),
         "event 'Sale': DURATION must not be negative"},
        {calendar(event(start + "RRULE:FREQ=MINUTELY\r\n")),
         "event 'Sale': RRULE:FREQ=MINUTELY is too fine: HOURLY is the finest"},
        {calendar(event(start + "RRULE:FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30\r\n")),
         "event 'Sale': RRULE:FREQ=HOURLY;BYMONTHDAY=30;BYMONTH=2 chooses dates: write it with "
         "FREQ=DAILY"},
        {calendar(event(start + "RRULE:FREQ=NEVER\r\n")),
         "event 'Sale': Can't parse as RECUR value in RRULE property: FREQ=NEVER"},
    }};
    for (const auto& [text, expected] : rows) {
        INFO(text);
        CHECK(listed(text) == expected);
    }
}

TEST_CASE("calendar: files that are made to hurt are refused, and soon") {
    std::string deep = "BEGIN:VCALENDAR\r\n";
    std::string many;
    std::string tiring;
    for (int i = 0; i < 100'000; ++i) {
        deep += "BEGIN:X\r\n";
    }
    for (int i = 0; i < 10'001; ++i) {
        many += event("DTSTART:20240102T080000Z\r\n");
    }
    for (int i = 0; i < 1'000; ++i) {
        tiring += event("DTSTART:19700102T080000Z\r\nRRULE:FREQ=HOURLY\r\n");
    }
    std::string folded = "RDATE:20240102T080000Z";
    for (int i = 0; i < 1'000; ++i) {
        folded += "\r\n ," + std::string(100, '0');
    }
    CHECK(listed(calendar(event(folded))) == "line 650 is longer than 64 KiB");
    CHECK(listed(deep) == "line 9: components are nested too deeply");
    CHECK(listed(calendar(many)) == "it has more than 10000 events");
    CHECK(listed(calendar(tiring), "", {.left = 10'000}) ==
          "event 'Sale': RRULE:FREQ=HOURLY and those before it have too many occurrences");
    CHECK(listed(calendar(event("DTSTART:20240102T080000Z\r\n"
                                "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30\r\n"))) ==
          "event 'Sale': RRULE:FREQ=YEARLY;BYMONTHDAY=30;BYMONTH=2 never occurs");
}
