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

TEST_CASE("quantity: the number nearest to what the API server means") {
    struct Row {
        const char* text;
        double value;
    };
    const std::array<Row, 33> rows{{{"0", 0},
                                    {"0Ki", 0},
                                    {"5n", 5e-9},
                                    {"12345678n", 0.012345678},
                                    {"4u", 4e-6},
                                    {"3m", 0.003},
                                    {"250m", 0.25},
                                    {"9", 9},
                                    {"8k", 8e3},
                                    {"100.035k", 100'035},
                                    {"7M", 7e6},
                                    {"6.987654321G", 6'987'654'321},
                                    {"40.1T", 40.1e12},
                                    {"2.5P", 2.5e15},
                                    {"1E", 1e18},
                                    {"12E", 12e18},
                                    {"1Ki", 1024},
                                    {"65536Ki", 67'108'864},
                                    {"0.5Mi", 524'288},
                                    {"0.05Gi", 53'687'091.2},
                                    {"5Ti", 5.0 * (1LL << 40)},
                                    {"4Pi", 4.0 * (1LL << 50)},
                                    {"9Ei", 9.0 * (1LL << 60)},
                                    {"1E-3", 0.001},
                                    {"1.3E+6", 1.3e6},
                                    {"0.5e-2", 0.005},
                                    {"1.7E18", 1.7e18},
                                    {"0.0000000001", 1e-10},
                                    {".001", 0.001},
                                    {"1.G", 1e9},
                                    {"+2", 2},
                                    {"-500m", -0.5},
                                    {"-1.5Ki", -1536}}};
    for (const Row& row : rows) {
        INFO(row.text);
        CHECK(parse_quantity(row.text).value() == row.value);
    }
    // One rounding, not two: 0.1 + 0.2 in nano-units is the double 0.3.
    CHECK(parse_quantity("300000000n").value() == 0.3);
    CHECK(parse_quantity("123456789012345678901234567890").value() == 1.2345678901234568e29);
}

TEST_CASE("quantity: what is none") {
    for (const char* wrong :
         {"",       ".",       "-",  "aoeu", "1.1.M", "1+1.0M", "0.1mi", "0.1am", ".5i", "1i",
          "-3.01i", "-3.01e-", " 1", "1 ",   "1 mi",  "1e",     "--1",   "NaN",   "Inf", "0x10"}) {
        INFO(wrong);
        CHECK(parse_quantity(wrong).error().message ==
              "'" + std::string{wrong} + "' is not a quantity such as 250m, 1.5 or 512Mi");
    }
    CHECK(parse_quantity("1e19").error().message == "'1e19' is too large");
    CHECK(parse_quantity("1e-320").error().message == "'1e-320' is too small");
    CHECK(parse_quantity("1234567890123456789012345678901").error().message ==
          "'1234567890123456789012345678901' is too large");
}

TEST_CASE("ratio: percent or fraction") {
    CHECK(parse_ratio("80%").value().value == doctest::Approx(0.8));
    CHECK(parse_ratio("0.8").value().value == doctest::Approx(0.8));
    CHECK(parse_ratio("nan").error().message == "'nan' is not a ratio such as 80% or 0.8");
}

TEST_CASE("instants print as RFC 3339") {
    CHECK(to_string(from_unix_seconds(1763798400.25)) == "2025-11-22T08:00:00.250Z");
}
