// Time: instants to and from seconds, and the two printed forms.
#include "policy/vocab/time.h"

#include <array>

#include <doctest/doctest.h>

using namespace tided;
using namespace std::chrono_literals;

TEST_CASE("duration: prints its units largest first, none that is zero") {
    struct Row {
        Duration value;
        const char* text;
    };
    const std::array<Row, 8> rows{{{0s, "0s"},
                                   {250ms, "250ms"},
                                   {90s, "1m30s"},
                                   {5min, "5m"},
                                   {25h, "1d1h"},
                                   {24h + 1ms, "1d1ms"},
                                   {-90s, "-1m30s"},
                                   {61'001ms, "1m1s1ms"}}};
    for (const Row& row : rows) {
        INFO(row.text);
        CHECK(to_string(row.value) == row.text);
    }
}

TEST_CASE("instants: seconds since the epoch, rounded to the millisecond") {
    CHECK(from_unix_seconds(1.0004).time_since_epoch() == 1000ms);
    CHECK(from_unix_seconds(1.0006).time_since_epoch() == 1001ms);
    CHECK(from_unix_seconds(-0.5).time_since_epoch() == -500ms);
    CHECK(to_unix_seconds(from_unix_seconds(1'763'798'400.25)) == 1'763'798'400.25);
    CHECK(to_seconds(1500ms) == 1.5);
}

TEST_CASE("instants: RFC 3339, also before the epoch and on a leap day") {
    CHECK(to_string(TimePoint{}) == "1970-01-01T00:00:00.000Z");
    CHECK(to_string(TimePoint{-1ms}) == "1969-12-31T23:59:59.999Z");
    CHECK(to_string(from_unix_seconds(1'709'164'800)) == "2024-02-29T00:00:00.000Z");
}

TEST_CASE("instants: reads RFC 3339 with a fraction and a zone") {
    struct Row {
        const char* text;
        const char* instant;
    };
    const std::array<Row, 6> rows{{{"2026-01-02T03:04:05Z", "2026-01-02T03:04:05.000Z"},
                                   {"2026-01-02t03:04:05z", "2026-01-02T03:04:05.000Z"},
                                   {"2026-01-02T03:04:05.123987654Z", "2026-01-02T03:04:05.123Z"},
                                   {"2026-01-02T03:04:05.5Z", "2026-01-02T03:04:05.500Z"},
                                   {"2026-01-01T23:30:00-01:00", "2026-01-02T00:30:00.000Z"},
                                   {"2024-02-29T01:00:00+05:45", "2024-02-28T19:15:00.000Z"}}};
    for (const Row& row : rows) {
        INFO(row.text);
        const auto instant = parse_rfc3339(row.text);
        REQUIRE(instant);
        CHECK(to_string(*instant) == row.instant);
    }
}

TEST_CASE("instants: what is no RFC 3339") {
    for (const char* wrong : {"",
                              "2026-01-02",
                              "2026-13-02T03:04:05Z",
                              "2025-02-29T03:04:05Z",
                              "2026-01-02T24:04:05Z",
                              "2026-01-02T03:60:05Z",
                              "2026-01-02T03:04:61Z",
                              "2026-01-02T03:04:05",
                              "2026-01-02T03:04:05.Z",
                              "2026-01-02T03:04:05+2",
                              "2026-01-02T03:04:05+02:60",
                              "2026-01-02T03:04:05Z ",
                              "2026-01-02T-3:04:05Z",
                              "-026-01-02T03:04:05Z",
                              "2026/01/02T03:04:05Z"}) {
        INFO(wrong);
        CHECK_FALSE(parse_rfc3339(wrong));
    }
}
