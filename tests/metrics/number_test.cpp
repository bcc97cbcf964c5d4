// Numbers: what a page may say and what the query API answers.
#include "metrics/number.h"

#include <cmath>
#include <limits>

#include <doctest/doctest.h>

using namespace tided::metrics;

TEST_CASE("number: reads what Go's ParseFloat reads") {
    struct Row {
        const char* text;
        double value;
    };
    const Row rows[] = {
        {"0", 0},
        {"1", 1},
        {"+1", 1},
        {"-1", -1},
        {".5", 0.5},
        {"5.", 5},
        {"1e3", 1000},
        {"1E+3", 1000},
        {"1.5e-3", 0.0015},
        {"007", 7},
        {"1e-400", 0},
        {"4.9e-324", 4.9e-324},
        {"1.7976931348623157e308", std::numeric_limits<double>::max()},
        {"12345678901234567890", 12345678901234567890.0},
        {"-0", 0},
    };
    for (const Row& row : rows) {
        INFO(row.text);
        REQUIRE(parse_number(row.text).has_value());
        CHECK(*parse_number(row.text) == row.value);
    }
    CHECK(std::signbit(*parse_number("-0")));
    CHECK(std::signbit(*parse_number("-1e-400")));
}

TEST_CASE("number: reads the special values in any case") {
    for (const char* text : {"NaN", "nan", "NAN"}) {
        INFO(text);
        REQUIRE(parse_number(text).has_value());
        CHECK(std::isnan(*parse_number(text)));
    }
    for (const char* text : {"Inf", "+Inf", "inf", "Infinity", "+INFINITY"}) {
        INFO(text);
        CHECK(parse_number(text) == std::numeric_limits<double>::infinity());
    }
    CHECK(parse_number("-Inf") == -std::numeric_limits<double>::infinity());
}

TEST_CASE("number: refuses what Prometheus refuses") {
    for (const char* text :
         {"",      "+",     "-",      ".",     "e5",  "1e",  "1e+",  "1x",   "0x1p3",
          "0x10",  "1_000", "1 ",     " 1",    "--1", "+-1", "+NaN", "-nan", "nan(1)",
          "infin", "1e999", "-1e999", "1.2.3", "1,5", "in",  "1d",   "\xff"}) {
        INFO(text);
        CHECK_FALSE(parse_number(text).has_value());
    }
}

TEST_CASE("number: writes the shortest digits as the query API does") {
    struct Row {
        double value;
        const char* text;
    };
    const Row rows[] = {
        {0, "0"},
        {-0.0, "-0"},
        {1, "1"},
        {-1.5, "-1.5"},
        {0.1, "0.1"},
        {100, "100"},
        {1e6, "1000000"},
        {123456.789, "123456.789"},
        {1e20, "100000000000000000000"},
        {9007199254740991.0, "9007199254740991"},
        {1152921504606846976.0, "1152921504606847000"},
        {1e21, "1e+21"},
        {1.25e22, "1.25e+22"},
        {0.000001, "0.000001"},
        {0.00000123, "0.00000123"},
        {0.0000001, "1e-07"},
        {1.5e-300, "1.5e-300"},
        {9007199254740993.0, "9007199254740992"},
        {std::numeric_limits<double>::quiet_NaN(), "NaN"},
        {std::numeric_limits<double>::infinity(), "+Inf"},
        {-std::numeric_limits<double>::infinity(), "-Inf"},
    };
    for (const Row& row : rows) {
        CHECK(format_number(row.value) == row.text);
    }
}
