// Units: what they read is what they print, and what they refuse.
#include "policy/vocab/units.h"

#include <array>

#include <doctest/doctest.h>

#include "policy/vocab/time.h"

using namespace tided;
using namespace std::chrono_literals;

TEST_CASE("duration: reads what it prints") {
    struct Row {
        const char* text;
        Duration value;
    };
    const std::array<Row, 6> rows{
        {{"90s", 90s}, {"1m30s", 90s}, {"250ms", 250ms}, {"1d", 24h}, {"2w", 336h}, {"0s", 0s}}};
    for (const Row& row : rows) {
        INFO(row.text);
        CHECK(parse_duration(row.text).value() == row.value);
        CHECK(parse_duration(to_string(row.value)).value() == row.value);
    }
}

TEST_CASE("duration: says what is wrong") {
    CHECK(parse_duration("").error().message ==
          "'' is not a duration such as 90s or 1m30s: it is empty");
    CHECK(parse_duration("90").error().message ==
          "'90' is not a duration such as 90s or 1m30s: units are w d h m s ms, largest first, "
          "each once");
    CHECK(parse_duration("-5s").error().message ==
          "'-5s' is not a duration such as 90s or 1m30s: a whole number is expected before each "
          "unit");
    CHECK(parse_duration("1s1m").error().code == ErrorCode::invalid_input);
    CHECK(parse_duration("99999999999999w").error().message ==
          "'99999999999999w' is not a duration such as 90s or 1m30s: it is too long");
}

TEST_CASE("quantity: exact decimals, rounded up to the milli-unit") {
    struct Row {
        const char* text;
        std::int64_t milli;
    };
    const std::array<Row, 8> rows{{{"250m", 250},
                                   {"1.5", 1500},
                                   {"0.1", 100},
                                   {"1e3", 1'000'000},
                                   {"100n", 1},
                                   {"1Ki", 1'024'000},
                                   {"0", 0},
                                   {"0.0001", 1}}};
    for (const Row& row : rows) {
        INFO(row.text);
        CHECK(parse_milli_quantity(row.text).value() == row.milli);
    }
    CHECK(parse_bytes("512Mi").value() == Bytes{512LL << 20});
    CHECK_FALSE(parse_bytes("9Ei").has_value());
    CHECK_FALSE(parse_milli_quantity("1.5.5").has_value());
    CHECK(parse_milli_quantity("-1").error().message == "'-1' is negative");
    CHECK(parse_bytes("12Q").error().message ==
          "'12Q' is not a quantity such as 250m, 1.5 or 512Mi");
}

TEST_CASE("ratio: percent or fraction") {
    CHECK(parse_ratio("80%").value().value == doctest::Approx(0.8));
    CHECK(parse_ratio("0.8").value().value == doctest::Approx(0.8));
    CHECK(parse_ratio("nan").error().message == "'nan' is not a ratio such as 80% or 0.8");
}

TEST_CASE("instants print as RFC 3339") {
    CHECK(to_string(from_unix_seconds(1763798400.25)) == "2025-11-22T08:00:00.250Z");
}
