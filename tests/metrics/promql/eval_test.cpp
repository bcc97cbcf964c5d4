// Eval: whole expressions on a store: lookback, staleness, open and closed ranges, names,
// comparison, matching. What else the language has is in language_test.cpp.
#include "metrics/promql/eval.h"

#include <doctest/doctest.h>

#include "metrics/number.h"
#include "metrics/promql/parser.h"
#include "tests/support/promql_rig.h"

using namespace tided;
using namespace tided::metrics;
using namespace tided::metrics::promql;
using namespace tided::metrics::test;

namespace {

using Rig = PromqlRig;

// Two instances of one metric: 0, 10, 20, ... and 5, 5, 5, ... every 15 s from 0 to 60.
Rig two_instances() {
    Rig rig;
    rig.data.add({{"__name__", "x"}, {"i", "a"}}, 0, 15, {0, 10, 20, 30, 40})
        .add({{"__name__", "x"}, {"i", "b"}}, 0, 15, {5, 5, 5, 5, 5});
    return rig;
}

}  // namespace

TEST_CASE("eval: literals and scalar arithmetic") {
    Rig rig;
    CHECK(rig.at(0, "1 + 2 * 3 ^ 2") == "19");
    CHECK(rig.at(0, "-7 % 3") == "-1");
    CHECK(rig.at(0, "1 / 0") == "+Inf");
    CHECK(rig.at(0, "0 / 0") == "NaN");
    CHECK(rig.at(0, "2 > bool 1") == "1");
    CHECK(rig.at(0, "NaN == bool NaN") == "0");
    CHECK(rig.at(0, "-(1 + 2)") == "-3");
    CHECK(rig.at(0, "'text'") == "'text'");
}

TEST_CASE("eval: an instant selector takes the newest sample within the lookback") {
    Rig rig = two_instances();
    CHECK(rig.at(60, "x") == "x{i=\"a\"}=40 x{i=\"b\"}=5");
    CHECK(rig.at(59.999, "x{i=\"a\"}") == "x{i=\"a\"}=30");
    CHECK(rig.at(-1, "x") == "");
    CHECK(rig.at(359.999, "x{i=\"a\"}") == "x{i=\"a\"}=40");
    CHECK(rig.at(360, "x{i=\"a\"}") == "");
    CHECK(rig.at(360, "x{i=\"a\"}", Dialect::prometheus_2) == "x{i=\"a\"}=40");
    CHECK(rig.at(360.001, "x{i=\"a\"}", Dialect::prometheus_2) == "");
}

TEST_CASE("eval: the four matchers") {
    Rig rig = two_instances();
    rig.data.add({{"__name__", "y"}}, 0, 15, {1, 1, 1, 1, 1});
    CHECK(rig.at(60, "x{i!=\"a\"}") == "x{i=\"b\"}=5");
    CHECK(rig.at(60, "x{i=~\"a|c\"}") == "x{i=\"a\"}=40");
    CHECK(rig.at(60, "x{i=~\"\"}") == "");
    CHECK(rig.at(60, "x{i!~\"a.*\"}") == "x{i=\"b\"}=5");
    CHECK(rig.at(60, "{__name__=~\"x|y\", i!=\"a\"}") == "x{i=\"b\"}=5 y=1");
    CHECK(rig.at(60, "{__name__=\"y\"}") == "y=1");
}

TEST_CASE("eval: a staleness marker ends a series at once") {
    Rig rig;
    rig.data.add({{"__name__", "x"}}, 0, 15, {1, 2, stale});
    CHECK(rig.at(29, "x") == "x=2");
    CHECK(rig.at(30, "x") == "");
    CHECK(rig.at(30, "rate(x[1m])") != "");
    CHECK(rig.at(30, "count_over_time(x[1m])") == "{}=2");
    CHECK(rig.at(30, "x[1m]") == "x=[1@0 2@15]");
    CHECK(rig.at(200, "count_over_time(x[1m])") == "");
}

TEST_CASE("eval: a series may come back after a staleness marker") {
    Rig rig;
    rig.data.add({{"__name__", "x"}}, 0, 15, {1, stale, 3});
    CHECK(rig.at(30, "x") == "x=3");
    CHECK(rig.at(30, "last_over_time(x[1m])") == "x=3");
    CHECK(rig.at(30, "count_over_time(x[1m])") == "{}=2");
}

TEST_CASE("eval: ranges are open to the left in dialect 3 and closed in dialect 2") {
    Rig rig = two_instances();
    CHECK(rig.at(60, "x{i=\"a\"}[30s]") == "x{i=\"a\"}=[30@45 40@60]");
    CHECK(rig.at(60, "x{i=\"a\"}[30s]", Dialect::prometheus_2) == "x{i=\"a\"}=[20@30 30@45 40@60]");
    CHECK(rig.at(60, "count_over_time(x{i=\"a\"}[30s])") == "{i=\"a\"}=2");
    CHECK(rig.at(60, "(x{i=\"a\"}[15s])") == "x{i=\"a\"}=[40@60]");
}

TEST_CASE("eval: gaps and resets in whole expressions") {
    Rig rig;
    rig.data.add({{"__name__", "x"}}, 0, 15, {0, 10, gap, gap, 40, 5});
    // 5 - 10 + 40 in 60 s, 15 s more to the start: 35 * 75 / 60.
    CHECK(rig.at(75, "increase(x[75s])") == "{}=43.75");
    CHECK(rig.at(60, "count_over_time(x[1m])") == "{}=2");
    CHECK(rig.at(75, "irate(x[75s])") == format_number(5.0 / 15).insert(0, "{}="));
    CHECK(rig.at(40, "rate(x[15s])") == "");
}

TEST_CASE("eval: what changes the value drops the name") {
    Rig rig = two_instances();
    CHECK(rig.at(60, "x{i=\"a\"} + 1") == "{i=\"a\"}=41");
    CHECK(rig.at(60, "-x{i=\"a\"}") == "{i=\"a\"}=-40");
    CHECK(rig.at(60, "+x{i=\"a\"}") == "x{i=\"a\"}=40");
    CHECK(rig.at(60, "x > 10") == "x{i=\"a\"}=40");
    CHECK(rig.at(60, "x > bool 10") == "{i=\"a\"}=1 {i=\"b\"}=0");
    CHECK(rig.at(60, "10 < x") == "x{i=\"a\"}=40");
    CHECK(rig.at(60, "100 - x") == "{i=\"a\"}=60 {i=\"b\"}=95");
    CHECK(rig.at(60, "last_over_time(x{i=\"a\"}[1m])") == "x{i=\"a\"}=40");
    CHECK(rig.at(60, "max_over_time(x{i=\"a\"}[1m])") == "{i=\"a\"}=40");
}

TEST_CASE("eval: dropping names must not make series alike") {
    Rig rig = two_instances();
    rig.data.add({{"__name__", "y"}, {"i", "a"}}, 60, 15, {7});
    CHECK(rig.at(60, "1 + -{i=\"a\"}") ==
          "failed: 1:5: vector cannot contain metrics with the same labelset");
    CHECK(rig.at(60, "last_over_time({i=\"a\"}[1m])") == "x{i=\"a\"}=40 y{i=\"a\"}=7");
    CHECK(rig.at(60, "sum_over_time({i=\"a\"}[1m])") ==
          "failed: 1:1: vector cannot contain metrics with the same labelset");
    CHECK(rig.at(60, "-{i=\"b\"}") == "{i=\"b\"}=-5");
}

TEST_CASE("eval: aggregation") {
    Rig rig = two_instances();
    CHECK(rig.at(60, "sum(x)") == "{}=45");
    CHECK(rig.at(60, "sum by (i) (x) * 2") == "{i=\"a\"}=80 {i=\"b\"}=10");
    CHECK(rig.at(60, "count without (i) (x)") == "{}=2");
    CHECK(rig.at(60, "avg(rate(x[1m]))") == "{}=" + format_number(40.0 / 60.0 / 2.0));
    CHECK(rig.at(60, "sum(absent_one)") == "");
}

TEST_CASE("eval: vectors pair one to one") {
    Rig rig = two_instances();
    rig.data.add({{"__name__", "y"}, {"i", "a"}}, 60, 15, {4})
        .add({{"__name__", "z"}, {"i", "a"}, {"k", "1"}}, 60, 15, {2})
        .add({{"__name__", "z"}, {"i", "a"}, {"k", "2"}}, 60, 15, {3});
    CHECK(rig.at(60, "x / y") == "{i=\"a\"}=10");
    CHECK(rig.at(60, "x > y") == "x{i=\"a\"}=40");
    CHECK(rig.at(60, "x < bool y") == "{i=\"a\"}=0");
    CHECK(rig.at(60, "y * ignoring (k) z{k=\"1\"}") == "{i=\"a\"}=8");
    CHECK(rig.at(60, "z{k=\"2\"} * on (i) y") == "{i=\"a\"}=12");
    CHECK(rig.at(60, "x / nothing") == "");
    CHECK(rig.at(60, "y * on (i) z") ==
          "failed: 1:1: found duplicate series for the match group {i=\"a\"} on the right "
          "hand-side of the operation: [z{i=\"a\",k=\"2\"}, z{i=\"a\",k=\"1\"}];many-to-many "
          "matching not allowed: matching labels must be unique on one side");
    CHECK(rig.at(60, "z * on (i) y") ==
          "failed: 1:1: multiple matches for labels: many-to-one matching must be explicit "
          "(group_left/group_right)");
}

TEST_CASE("eval: an evaluator follows a store in which series come and go") {
    Rig rig = two_instances();
    Evaluator evaluator{parse("sum(x)").value()};
    CHECK(text_of(evaluator.at(rig.data.store(), at_second(60)).value()) == "{}=45");
    rig.data.add({{"__name__", "x"}, {"i", "c"}}, 60, 15, {100});
    CHECK(text_of(evaluator.at(rig.data.store(), at_second(60)).value()) == "{}=145");
    rig.data.store().keep(std::chrono::minutes{5});
    rig.data.store().expire(at_second(361));
    CHECK(text_of(evaluator.at(rig.data.store(), at_second(361)).value()) == "");
}

TEST_CASE("eval: elements carry when their samples were taken") {
    Rig rig = two_instances();
    rig.data.add({{"__name__", "x"}, {"i", "c"}}, 30, 15, {1, 2, stale});
    const auto origins = [&](const char* text) {
        Evaluator evaluator{parse(text).value()};
        const auto value = evaluator.at(rig.data.store(), at_second(70)).value();
        std::vector<Origin> found;
        for (const Element& element : std::get<Vector>(value)) {
            found.push_back(element.origin);
        }
        return found;
    };
    const Origin living{.latest = at_second(60), .ended = false};
    const Origin ended{.latest = at_second(45), .ended = true};
    CHECK(origins("x") == std::vector{living, living});
    CHECK(origins("rate(x[1m])") == std::vector{living, living, ended});
    CHECK(origins("sum(rate(x[1m])) * 2") == std::vector{living});
    CHECK(origins("sum(rate(x{i=\"c\"}[1m]))") == std::vector{ended});
}
