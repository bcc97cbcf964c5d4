// Wording: how numbers and names are shown.
#include "policy/wording.h"

#include <array>
#include <limits>

#include <doctest/doctest.h>

#include "policy/number.h"

using namespace tided::policy;

TEST_CASE("number: six digits, never a whole number that it is not, no exponent below 10^15") {
    struct Row {
        double value;
        const char* text;
    };
    const std::array<Row, 16> rows{{{0.0, "0"},
                                    {-0.0, "0"},
                                    {712.0, "712"},
                                    {712.34567, "712.346"},
                                    {-3.5, "-3.5"},
                                    {0.2, "0.2"},
                                    {0.00012345678, "0.000123457"},
                                    {7.0000001, "7.0000001"},
                                    {99'999.96, "99999.96"},
                                    {123'456.789, "123456.8"},
                                    {1'234'567.01, "1234567.01"},
                                    {1'000'000.0, "1000000"},
                                    {536'870'912.0, "536870912"},
                                    {1e15, "1e+15"},
                                    {1e300, "1e+300"},
                                    {std::numeric_limits<double>::infinity(), "inf"}}};
    for (const Row& row : rows) {
        INFO(row.text);
        CHECK(number(row.value) == row.text);
    }
}

TEST_CASE("roughly: three digits, or all before the point") {
    CHECK(roughly(75.1904) == "75.2");
    CHECK(roughly(0.00775663) == "0.00776");
    CHECK(roughly(1'240.4) == "1240");
    CHECK(roughly(0.0) == "0");
    CHECK(roughly(99.96) == "100");
    CHECK(roughly(4.0) == "4");
}

TEST_CASE("metric_name: an index the policy does not have is still a name") {
    CHECK(metric_name({.metric = 7}, PolicySpec{.name = "web"}) == "metric 7");
}
