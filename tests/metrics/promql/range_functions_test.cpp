// Functions over one range: steady, gap, reset, too few samples, and where the dialects differ.
// Every expected number is worked out by hand; the range is (0 s, 60 s] unless stated.
#include "metrics/promql/range_functions.h"

#include <cmath>
#include <limits>
#include <vector>

#include <doctest/doctest.h>

#include "tests/support/series_builder.h"

using namespace tided;
using namespace tided::metrics::promql;
using doctest::Approx;
using tided::metrics::test::at_second;

namespace {

constexpr double no_number = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

using Points = std::vector<Sample>;

Points every_15s(std::initializer_list<double> values) {
    Points points;
    double second = 0;
    for (const double value : values) {
        points.push_back({at_second(second += 15), value});
    }
    return points;
}

std::optional<double> over_minute(RangeFunction function,
                                  const Points& points,
                                  Dialect dialect = Dialect::prometheus_3) {
    return function({.samples = points,
                     .end = at_second(60),
                     .length = std::chrono::seconds{60},
                     .now = at_second(60),
                     .dialect = dialect});
}

double value(RangeFunction function,
             const Points& points,
             Dialect dialect = Dialect::prometheus_3) {
    return over_minute(function, points, dialect).value();
}

const Points steady = every_15s({10, 20, 30, 40});

}  // namespace

TEST_CASE("functions: steady samples are extrapolated to the whole range") {
    // 30 in 45 s, 15 s more to the start: 30 * 60 / 45.
    CHECK(value(over_range::increase, steady) == Approx(40.0));
    CHECK(value(over_range::rate, steady) == Approx(40.0 / 60.0));
    CHECK(value(over_range::delta, steady) == Approx(40.0));
    CHECK(value(over_range::irate, steady) == Approx(10.0 / 15.0));
    CHECK(value(over_range::avg, steady) == 25.0);
    CHECK(value(over_range::max, steady) == 40.0);
    CHECK(value(over_range::min, steady) == 10.0);
    CHECK(value(over_range::sum, steady) == 100.0);
    CHECK(value(over_range::count, steady) == 4.0);
    CHECK(value(over_range::last, steady) == 40.0);
}

TEST_CASE("functions: a gap at an end is bridged by half a distance only") {
    // Start: 30 s are more than 1.1 times 15 s, so 7.5 s; end: 15 s are not.
    const Points gap{{at_second(30), 10}, {at_second(45), 20}};
    CHECK(value(over_range::increase, gap) == Approx(10.0 * (15 + 7.5 + 15) / 15));
    CHECK(value(over_range::rate, gap) == Approx(25.0 / 60.0));
    CHECK(value(over_range::delta, gap) == Approx(25.0));
    CHECK(value(over_range::irate, gap) == Approx(10.0 / 15.0));
    // A gap inside only widens the mean distance.
    const Points inside{{at_second(15), 10}, {at_second(60), 40}};
    CHECK(value(over_range::increase, inside) == Approx(40.0));
    CHECK(value(over_range::avg, inside) == 25.0);
    CHECK(value(over_range::count, inside) == 2.0);
}

TEST_CASE("functions: exactly 1.1 times the mean distance is too far") {
    const Points points{{at_second(21), 110}, {at_second(31), 120}, {at_second(41), 130}};
    Window window{.samples = points,
                  .end = at_second(51),
                  .length = std::chrono::seconds{40},
                  .now = at_second(51),
                  .dialect = Dialect::prometheus_2};
    CHECK(over_range::delta(window).value() == Approx(20.0 * (20 + 10 + 10) / 20));
    window.end = at_second(52);
    window.length = std::chrono::seconds{41};
    CHECK(over_range::delta(window).value() == Approx(20.0 * (20 + 10 + 5) / 20));
}

TEST_CASE("functions: a falling counter was reset") {
    const Points reset = every_15s({10, 20, 5, 15});
    // 15 - 10 + 20 = 25, times 60 / 45.
    CHECK(value(over_range::increase, reset) == Approx(25.0 * 60 / 45));
    CHECK(value(over_range::rate, reset) == Approx(25.0 / 45));
    CHECK(value(over_range::irate, reset) == Approx(10.0 / 15));
    CHECK(value(over_range::irate, every_15s({10, 20, 5})) == Approx(5.0 / 15));
    // A gauge that falls just falls.
    CHECK(value(over_range::delta, reset) == Approx(5.0 * 60 / 45));
    CHECK(value(over_range::delta, every_15s({40, 30, 20, 10})) == Approx(-40.0));
}

TEST_CASE("functions: a counter is not taken back past zero") {
    // 45 s * 3 / 30 = 4.5 s before its first sample it was zero: less than the 15 s to the start.
    CHECK(value(over_range::increase, every_15s({3, 13, 23, 33})) ==
          Approx(30.0 * (45 + 4.5) / 45));
    CHECK(value(over_range::delta, every_15s({3, 13, 23, 33})) == Approx(40.0));
    CHECK(value(over_range::increase, every_15s({5, 5, 5, 5})) == 0.0);
}

TEST_CASE("functions: the dialects meet the zero point in another order") {
    // Zero lies 8 s back, the start 40 s, half a distance is 5 s: 2.42 takes 8 s, 3.x 5 s.
    const Points young{{at_second(40), 8}, {at_second(50), 18}, {at_second(60), 28}};
    CHECK(value(over_range::increase, young, Dialect::prometheus_2) == Approx(20.0 * 28 / 20));
    CHECK(value(over_range::increase, young, Dialect::prometheus_3) == Approx(20.0 * 25 / 20));
}

TEST_CASE("functions: too few samples give nothing, or what one sample gives") {
    const Points single{{at_second(30), 7}};
    for (const auto function :
         {over_range::rate, over_range::increase, over_range::irate, over_range::delta}) {
        CHECK_FALSE(over_minute(function, single));
    }
    CHECK(value(over_range::avg, single) == 7.0);
    CHECK(value(over_range::max, single) == 7.0);
    CHECK(value(over_range::min, single) == 7.0);
    CHECK(value(over_range::sum, single) == 7.0);
    CHECK(value(over_range::count, single) == 1.0);
    CHECK(value(over_range::last, single) == 7.0);
}

TEST_CASE("functions: NaN gives way in extremes and wins in sums") {
    const Points with_nan = every_15s({no_number, 20, no_number, 10});
    CHECK(value(over_range::max, with_nan) == 20.0);
    CHECK(value(over_range::min, with_nan) == 10.0);
    CHECK(std::isnan(value(over_range::sum, with_nan)));
    CHECK(std::isnan(value(over_range::avg, with_nan)));
    CHECK(std::isnan(value(over_range::max, every_15s({no_number, no_number}))));
    CHECK(std::isnan(value(over_range::rate, with_nan)));
    CHECK(value(over_range::count, with_nan) == 4.0);
}

TEST_CASE("functions: sums and means keep what rounding loses") {
    for (const auto dialect : {Dialect::prometheus_2, Dialect::prometheus_3}) {
        CHECK(value(over_range::sum, every_15s({1e16, 1.1, -1e16}), dialect) == 1.1);
        CHECK(value(over_range::avg, every_15s({1.5e308, 1.6e308, 1.7e308}), dialect) ==
              Approx(1.6e308));
        CHECK(value(over_range::sum, every_15s({infinity, 1, 2}), dialect) == infinity);
        CHECK(value(over_range::avg, every_15s({infinity, 1, 2}), dialect) == infinity);
        CHECK(std::isnan(value(over_range::avg, every_15s({infinity, -infinity}), dialect)));
        CHECK(std::isnan(value(over_range::sum, every_15s({infinity, -infinity}), dialect)));
    }
}
