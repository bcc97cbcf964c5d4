// Evaluate: one number, its age and freshness, or the reason why there is none.
#include "metrics/evaluate.h"

#include <limits>

#include <doctest/doctest.h>

#include "metrics/promql/parser.h"
#include "tests/support/series_builder.h"

using namespace tided;
using namespace tided::metrics;
using namespace tided::metrics::test;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

struct Rig {
    SeriesBuilder data;

    Reading at(double second, const char* text) {
        auto evaluator = make_evaluator(text).value();
        return evaluate(evaluator, data.store(), at_second(second), seconds{30});
    }
};

Rig counter() {
    Rig rig;
    rig.data.add({{"__name__", "x"}, {"i", "a"}}, 0, 15, {0, 10, 20, 30, 40});
    return rig;
}

Duration history(const char* text) {
    return needs(promql::parse(text).value());
}

}  // namespace

TEST_CASE("evaluate: the age is the samples', not the evaluation's") {
    Rig rig = counter();
    CHECK(rig.at(70, "x") == Reading::of(40, seconds{10}, seconds{30}));
    CHECK(rig.at(70, "x").freshness == Freshness::fresh);
    CHECK(rig.at(90, "x").freshness == Freshness::fresh);
    CHECK(rig.at(90.001, "x").freshness == Freshness::stale);
    CHECK(rig.at(70, "sum(rate(x[1m])) * 2").age == seconds{10});
}

TEST_CASE("evaluate: several series are as old as the oldest living one") {
    Rig rig = counter();
    rig.data.add({{"__name__", "x"}, {"i", "b"}}, 0, 15, {1, 2, 3});
    CHECK(rig.at(60, "sum(x)") == Reading::of(43, seconds{30}, seconds{30}));
    CHECK(rig.at(61, "sum(x)").freshness == Freshness::stale);
    rig.data.add({{"__name__", "x"}, {"i", "c"}}, 0, 15, {1, 2, 3, stale});
    CHECK(rig.at(60, "sum(count_over_time(x{i!=\"b\"}[1m]))") ==
          Reading::of(6, seconds{0}, seconds{30}));
}

TEST_CASE("evaluate: a range over a dead target ages from its last sample") {
    Rig rig;
    rig.data.add({{"__name__", "x"}}, 0, 15, {0, 10, 20, stale});
    const Reading reading = rig.at(50, "sum(rate(x[1m]))");
    CHECK(reading.age == seconds{20});
    CHECK(reading.freshness == Freshness::fresh);
    CHECK(rig.at(61, "sum(rate(x[1m]))").freshness == Freshness::stale);
    CHECK(rig.at(100, "sum(rate(x[1m]))") == Reading::absent(Absence::no_series));
}

TEST_CASE("evaluate: a constant is as fresh as its evaluation") {
    Rig rig;
    CHECK(rig.at(0, "2 * 3") == Reading::of(6, seconds{0}, seconds{30}));
}

TEST_CASE("evaluate: why there is no number") {
    Rig rig = counter();
    rig.data.add({{"__name__", "x"}, {"i", "b"}}, 0, 15, {1, 2, 3, 4, 5})
        .add({{"__name__", "nan"}}, 60, 15, {std::numeric_limits<double>::quiet_NaN()})
        .add({{"__name__", "young"}}, 60, 15, {1})
        .add({{"__name__", "over"}}, 45, 15, {1, stale});
    CHECK(rig.at(60, "missing") == Reading::absent(Absence::no_series));
    CHECK(rig.at(60, "sum(rate(missing[1m]))") == Reading::absent(Absence::no_series));
    CHECK(rig.at(60, "x > 1000") == Reading::absent(Absence::no_series));
    CHECK(rig.at(60, "x") == Reading::absent(Absence::many_series));
    CHECK(rig.at(60, "nan") == Reading::absent(Absence::not_a_number));
    CHECK(rig.at(60, "sum(x) / 0") == Reading::absent(Absence::not_a_number));
    CHECK(rig.at(60, "sum(rate(young[1m]))") == Reading::absent(Absence::window_short));
    CHECK(rig.at(60, "sum(rate(over[1m]))") == Reading::absent(Absence::no_series));
    CHECK(rig.at(70, "sum(rate(x[5s]))") == Reading::absent(Absence::window_short));
    CHECK(rig.at(60, "-{i=~'.+'}") == Reading::absent(Absence::many_series));
    CHECK(rig.at(60, "sum(count_values('', x))") == Reading::absent(Absence::not_evaluated));
}

TEST_CASE("evaluate: samples stamped ahead of us have no negative age") {
    Rig rig = counter();
    CHECK(rig.at(60, "x").age == seconds{0});
}

TEST_CASE("evaluate: the history an expression needs") {
    CHECK(history("x") == minutes{5});
    CHECK(history("1 + 1") == minutes{5});
    CHECK(history("rate(x[1m])") == minutes{5});
    CHECK(history("rate(x[10m]) + sum(rate(y[2h]))") == hours{2});
    CHECK(history("rate(x[10m] offset 1h)") == minutes{70});
    CHECK(history("max_over_time(rate(x[10m])[1h:] offset 5m)") == minutes{75});
    CHECK(history("rate(x[10m] offset -1h)") == minutes{10});
    CHECK(needs(promql::parse("x").value(), minutes{1}) == minutes{1});
}

TEST_CASE("evaluate: the samples an expression needs, when the newest are kept anyway") {
    const auto samples = [](const std::string& text) {
        return samples_needed(promql::parse(text).value());
    };
    CHECK(samples("x") == minutes{0});
    CHECK(samples("sum(x) / count(y)") == minutes{0});
    CHECK(samples("rate(x[1m]) + y") == minutes{1});
    CHECK(samples("x offset 1h") == minutes{65});
    CHECK(samples("max_over_time(x[1h:1m])") == minutes{65});
    CHECK(samples("x offset -1h") == minutes{0});
}
