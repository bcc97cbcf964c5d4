// The language beyond selectors and plain aggregation: offset, @, subqueries, functions, choosing
// aggregations, set operators, groups in matching, and where the dialects differ. Expected values
// are worked out by hand; thousands more are compared with a real Prometheus (promql_differential).
#include <doctest/doctest.h>

#include "tests/support/promql_rig.h"

using namespace tided;
using namespace tided::metrics;
using namespace tided::metrics::promql;
using namespace tided::metrics::test;

namespace {

constexpr auto dialect_2 = Dialect::prometheus_2;

// x: 1, 2, 4, 8, 16 every 15 s from 0 to 60, where the epoch is a whole multiple of 1000 s.
PromqlRig doubling() {
    PromqlRig rig;
    rig.data.add({{"__name__", "x"}}, 0, 15, {1, 2, 4, 8, 16});
    return rig;
}

// At 60 s: cpu{pod,node} 4, 2, 7 and node{node,zone} 10, 20.
PromqlRig pods_and_nodes() {
    PromqlRig rig;
    rig.data.add({{"__name__", "cpu"}, {"node", "n1"}, {"pod", "a"}}, 60, 15, {4})
        .add({{"__name__", "cpu"}, {"node", "n1"}, {"pod", "b"}}, 60, 15, {2})
        .add({{"__name__", "cpu"}, {"node", "n2"}, {"pod", "c"}}, 60, 15, {7})
        .add({{"__name__", "node"}, {"node", "n1"}, {"zone", "par"}}, 60, 15, {10})
        .add({{"__name__", "node"}, {"node", "n2"}, {"zone", "ams"}}, 60, 15, {20});
    return rig;
}

void add_bucket(PromqlRig& rig, const char* le, double count, const char* path = "") {
    rig.data.add({{"__name__", "b"}, {"le", le}, {"path", path}}, 60, 15, {count});
}

}  // namespace

TEST_CASE("promql: offset looks from an earlier instant, @ from a fixed one") {
    PromqlRig rig = doubling();
    CHECK(rig.at(60, "x offset 30s") == "x=4");
    CHECK(rig.at(30, "x offset -15s") == "x=8");
    CHECK(rig.at(60, "sum_over_time(x[30s] offset 15s)") == "{}=12");
    CHECK(rig.at(400, "x @ 1000030") == "x=4");
    CHECK(rig.at(60, "x @ 1000060 offset 15s") == "x=8");
    CHECK(rig.at(60, "x @ end() + x @ start()") == "{}=32");
    CHECK(rig.at(60, "x[30s] offset 15s") == "x=[4@30 8@45]");
    CHECK(rig.at(60, "timestamp(x offset 20s)") == "{}=1000030");
    CHECK(rig.at(65, "timestamp(x + 0)") == "{}=1000065");
}

TEST_CASE("promql: subqueries evaluate at whole multiples of their step") {
    PromqlRig rig = doubling();
    CHECK(rig.at(60, "x[45s:15s]") == "x=[2@20 4@35 8@50]");
    CHECK(rig.at(60, "x[30s:10s]") == "x=[4@40 8@50 16@60]");
    CHECK(rig.at(60, "x[30s:10s]", dialect_2) == "x=[4@30 4@40 8@50 16@60]");
    CHECK(rig.at(60, "max_over_time(sum(x)[30s:10s] offset 10s)") == "{}=8");
    CHECK(rig.at(60, "sum_over_time(x[60s:])") == "{}=2");  // every minute: at 1000020
    CHECK(rig.at(60, "sum_over_time(sum_over_time(x[15s])[30s:15s])") == "{}=12");
    CHECK(rig.at(60, "count_over_time(x[9y:1ms])") ==
          "failed: 1:17: subqueries would take more than 1000000 evaluations: use a longer step or "
          "a shorter range");
}

TEST_CASE("promql: ages follow offsets, subqueries and pins") {
    PromqlRig rig = doubling();
    const auto age = [&rig](const char* text) {
        Evaluator evaluator{parse(text).value()};
        const Single single = evaluator.single(rig.data.store(), at_second(70)).value();
        return single.origin.latest == TimePoint::max()
                   ? std::string{"constant"}
                   : to_string(at_second(70) - single.origin.latest);
    };
    CHECK(age("x") == "10s");
    CHECK(age("x offset 5s") == "5s");
    CHECK(age("sum(x offset 20s)") == "5s");
    CHECK(age("x @ 1000030") == "constant");
    CHECK(age("max_over_time(x[1m:20s])") == "10s");
    CHECK(age("max_over_time(x[1m:20s] offset 10s)") == "0s");
    CHECK(age("x + vector(1)") == "10s");
    CHECK(age("histogram_quantile(0.5, x)") == "constant");
    CHECK(age("time()") == "constant");
    CHECK(age("scalar(x)") == "10s");
    CHECK(age("vector(scalar(x offset 5s))") == "5s");
    CHECK(age("vector(1) * scalar(x) + time()") == "10s");
    CHECK(age("max_over_time(vector(scalar(x))[30s:10s])") == "10s");
    CHECK(age("vector(1) and on () x") == "10s");
    CHECK(age("vector(1) unless on () x offset 1h") == "constant");
    CHECK(age("topk(1, x or vector(100))") == "10s");
    CHECK(age("count(x > 100) or vector(0)") == "10s");
    CHECK(age("sum(x or vector(0))") == "10s");
    CHECK(age("max_over_time((sum(x offset 20s) or vector(0))[1m:10s])") == "5s");
    CHECK(age("scalar(gone) > bool 3") == to_string(at_second(70) - TimePoint{}));
}

TEST_CASE("promql: a constant does not make old data young") {
    PromqlRig rig = doubling();
    Evaluator evaluator{parse("max_over_time((sum(x) or vector(0))[2m:10s])").value()};
    // From 360 s on there is no x, and each step gives 0: the 16 is of 60 s.
    const Single single = evaluator.single(rig.data.store(), at_second(400)).value();
    CHECK(single.value == 16.0);
    CHECK(single.origin.latest == at_second(60));
}

TEST_CASE("promql: functions over a range") {
    PromqlRig rig = doubling();
    CHECK(rig.at(60, "idelta(x[1m])") == "{}=8");
    CHECK(rig.at(60, "changes(x[1m])") == "{}=3");
    CHECK(rig.at(60, "resets(x[1m])") == "{}=0");
    CHECK(rig.at(60, "quantile_over_time(0.5, x[1m])") == "{}=6");
    CHECK(rig.at(60, "quantile_over_time(2, x[1m])") == "{}=+Inf");
    CHECK(rig.at(60, "stdvar_over_time(x[30s])") == "{}=16");
    CHECK(rig.at(60, "stddev_over_time(x[30s])") == "{}=4");
    CHECK(rig.at(60, "mad_over_time(x[1m])") == "{}=3");
    CHECK(rig.at(60, "present_over_time(x[1m])") == "{}=1");
    CHECK(rig.at(60, "first_over_time(x[1m])") == "x=2");
    CHECK(rig.at(60, "ts_of_max_over_time(x[1m]) - 1000000") == "{}=60");
    CHECK(rig.at(60, "deriv(x[30s])") == "{}=" + format_number(8.0 / 15.0));
    CHECK(rig.at(60, "predict_linear(x[30s], 15)") == "{}=24");
    CHECK(rig.at(60, "deriv(x[15s])") == "");
    // s: 8, then 0.5 * 16 + 0.5 * (8 + 8).
    CHECK(rig.at(60, "double_exponential_smoothing(x[30s], 0.5, 0.5)") == "{}=16");
    CHECK(rig.at(60, "holt_winters(x[29s], 0.5, 0.5)", dialect_2) == "{}=16");
    CHECK(rig.at(60, "double_exponential_smoothing(x[30s], 1, 0.5)") ==
          "failed: 1:30: invalid smoothing factor. Expected: 0 < sf < 1, got: 1.000000");
    CHECK(rig.at(60, "double_exponential_smoothing(x[30s], 0.5, 0)") ==
          "failed: 1:30: invalid trend factor. Expected: 0 < tf < 1, got: 0.000000");
}

TEST_CASE("promql: absence has the labels that the selector pins") {
    PromqlRig rig = doubling();
    CHECK(rig.at(60, "absent(x)") == "");
    CHECK(rig.at(60, "absent(y{a=\"b\", c!=\"d\", e=~\"f\"})") == "{a=\"b\"}=1");
    CHECK(rig.at(60, "absent(y{a=\"b\", a=\"c\"})") == "{}=1");
    CHECK(rig.at(60, "absent(sum(y{a=\"b\"}))") == "{}=1");
    CHECK(rig.at(60, "absent_over_time(x[1m])") == "");
    CHECK(rig.at(60, "absent_over_time(y{a=\"b\"}[1m])") == "{a=\"b\"}=1");
    CHECK(rig.at(60, "absent_over_time(y{a=\"b\"}[1m:10s])") == "{}=1");
}

TEST_CASE("promql: functions of values") {
    PromqlRig rig = pods_and_nodes();
    CHECK(rig.at(60, "round(cpu{pod=\"a\"} / 3, 0.5)") == "{node=\"n1\",pod=\"a\"}=1.5");
    CHECK(rig.at(60, "clamp(node, 12, 15)") ==
          "{node=\"n1\",zone=\"par\"}=12 {node=\"n2\",zone=\"ams\"}=15");
    CHECK(rig.at(60, "clamp(node, 15, 12)") == "");
    CHECK(rig.at(60, "sum(clamp_max(cpu, 3)) + scalar(sum(clamp_min(cpu, 3)))") == "{}=22");
    CHECK(rig.at(60, "scalar(cpu)") == "NaN");
    CHECK(rig.at(60, "vector(1) * 2") == "{}=2");
    CHECK(rig.at(60, "sgn(vector(-3)) + abs(vector(-3)) + sqrt(vector(16))") == "{}=6");
    CHECK(rig.at(60, "max_of(1, NaN) + min_of(-Inf, NaN)") == "NaN");
    CHECK(rig.at(60, "max_of(1, 3) - min_of(1, 3)") == "2");
    CHECK(rig.at(60, "time() - start() + step()") == "0");
}

TEST_CASE("promql: the calendar, in UTC") {
    PromqlRig rig;
    // Thursday, 29 February 2024, 23:59:59.
    CHECK(rig.at(0, "day_of_week(vector(1709251199))") == "{}=4");
    CHECK(rig.at(0, "day_of_year(vector(1709251199))") == "{}=60");
    CHECK(rig.at(0, "days_in_month(vector(1709251199))") == "{}=29");
    CHECK(rig.at(0, "hour(vector(1709251199)) * 100 + minute(vector(1709251199))") == "{}=2359");
    CHECK(rig.at(0,
                 "year(vector(-1)) * 10000 + month(vector(-1)) * 100 + day_of_month(vector(-1))") ==
          "{}=19691231");
    CHECK(rig.at(0, "hour()") == "{}=13");  // 1,000,000 s are 11 d 13 h 46 min 40 s
    CHECK(rig.at(0, "year(vector(NaN))") == "{}=NaN");
}

TEST_CASE("promql: labels made from labels") {
    PromqlRig rig = pods_and_nodes();
    CHECK(
        rig.at(60, "label_replace(cpu{pod=\"a\"}, \"short\", \"<${1}$$>\", \"node\", \"n(.)\")") ==
        "cpu{node=\"n1\",pod=\"a\",short=\"<1$>\"}=4");
    CHECK(rig.at(60, "label_replace(cpu{pod=\"a\"}, \"node\", \"\", \"pod\", \".*\")") ==
          "cpu{pod=\"a\"}=4");
    CHECK(rig.at(60, "label_replace(cpu{pod=\"a\"}, \"node\", \"$x\", \"node\", \"(?P<x>n).*\")") ==
          "cpu{node=\"n\",pod=\"a\"}=4");
    CHECK(rig.at(60, "label_replace(cpu{pod=\"a\"}, \"pod\", \"-\", \"node\", \"n\")") ==
          "cpu{node=\"n1\",pod=\"a\"}=4");
    CHECK(rig.at(60, "label_replace(cpu, \"pod\", \"\", \"pod\", \".*\")") ==
          "failed: 1:1: vector cannot contain metrics with the same labelset");
    CHECK(rig.at(60, "label_replace(cpu, \"a\", \"\", \"b\", \"(\")") ==
          "failed: 1:1: invalid regular expression in label_replace(): (");
    CHECK(rig.at(60, "label_join(cpu{pod=\"a\"}, \"both\", \"/\", \"node\", \"pod\", \"none\")") ==
          "cpu{both=\"n1/a/\",node=\"n1\",pod=\"a\"}=4");
    CHECK(rig.at(60, "label_join(cpu, \"a-b\", \"/\")", dialect_2) ==
          "failed: 1:1: invalid destination label name in label_join(): a-b");
}

TEST_CASE("promql: order is kept where it is what was asked for") {
    PromqlRig rig = pods_and_nodes();
    CHECK(rig.at(60, "sort(cpu) + 0") ==
          "{node=\"n1\",pod=\"a\"}=4 {node=\"n1\",pod=\"b\"}=2 {node=\"n2\",pod=\"c\"}=7");
    CHECK(rig.at(60, "sort(cpu)") ==
          "cpu{node=\"n1\",pod=\"b\"}=2 cpu{node=\"n1\",pod=\"a\"}=4 cpu{node=\"n2\",pod=\"c\"}=7");
    CHECK(rig.at(60, "topk(2, cpu)") ==
          "cpu{node=\"n2\",pod=\"c\"}=7 cpu{node=\"n1\",pod=\"a\"}=4");
    CHECK(rig.at(60, "bottomk by (node) (1, cpu)") ==
          "cpu{node=\"n1\",pod=\"b\"}=2 cpu{node=\"n2\",pod=\"c\"}=7");
    PromqlRig numbered;
    for (const char* name : {"n10", "n9", "n1a", "n01b"}) {
        numbered.data.add({{"__name__", "x"}, {"n", name}}, 0, 15, {1});
    }
    CHECK(numbered.at(0, "sort_by_label(x, \"n\")") ==
          "x{n=\"n1a\"}=1 x{n=\"n01b\"}=1 x{n=\"n9\"}=1 x{n=\"n10\"}=1");
}

TEST_CASE("promql: aggregations that choose or count") {
    PromqlRig rig = pods_and_nodes();
    CHECK(rig.at(60, "topk(0, cpu)") == "");
    CHECK(rig.at(60, "topk(NaN, cpu)") == "failed: 1:1: Parameter value is NaN");
    CHECK(rig.at(60, "topk(1e30, cpu)", dialect_2) ==
          "failed: 1:1: Scalar value 1e+30 overflows int64");
    CHECK(rig.at(60, "quantile(0.5, cpu)") == "{}=4");
    CHECK(rig.at(60, "stdvar by (node) (cpu)") == "{node=\"n1\"}=1 {node=\"n2\"}=0");
    CHECK(rig.at(60, "stddev(cpu * Inf)") == "{}=NaN");
    CHECK(rig.at(60, "stddev(node{zone=\"ams\"} * Inf)", dialect_2) == "{}=0");
    CHECK(rig.at(60, "group(cpu)") == "{}=1");
    PromqlRig odd;
    odd.data.add({{"__name__", "x"}, {"a", "p1:q"}}, 60, 15, {1})
        .add({{"__name__", "x"}, {"a", "p"}, {"b", "q"}}, 60, 15, {2});
    CHECK(odd.at(60, "sum by (a, b) (x)") == "{a=\"p\",b=\"q\"}=2 {a=\"p1:q\"}=1");
    CHECK(rig.at(60, "count_values(\"v\", round(cpu, 4))") == "{v=\"4\"}=2 {v=\"8\"}=1");
    CHECK(rig.at(60, "count_values by (node) (\"v\", cpu / 1e10)") ==
          "{node=\"n1\",v=\"0.0000000002\"}=1 {node=\"n1\",v=\"0.0000000004\"}=1 "
          "{node=\"n2\",v=\"0.0000000007\"}=1");
    CHECK(rig.at(60, "count_values(\"v\", -cpu{pod=\"c\"} * 1.5e21)") ==
          "{v=\"-10500000000000000000000\"}=1");
    CHECK(rig.at(60, "count_values(\"v\", cpu{pod=\"c\"} * 0)") == "{v=\"0\"}=1");
    CHECK(rig.at(60, "count(limitk(2, cpu))") == "{}=2");
    CHECK(
        rig.at(60, "count(limit_ratio(0.5, cpu)) + count(limit_ratio(-0.5, cpu)) or count(cpu)") ==
        "{}=3");
}

TEST_CASE("promql: set operators keep elements by their partners") {
    PromqlRig rig = pods_and_nodes();
    CHECK(rig.at(60, "cpu and on (node) node{zone=\"ams\"}") == "cpu{node=\"n2\",pod=\"c\"}=7");
    CHECK(rig.at(60, "cpu unless on (node) node{zone=\"ams\"}") ==
          "cpu{node=\"n1\",pod=\"a\"}=4 cpu{node=\"n1\",pod=\"b\"}=2");
    CHECK(rig.at(60, "node{zone=\"par\"} or on (node) cpu") ==
          "cpu{node=\"n2\",pod=\"c\"}=7 node{node=\"n1\",zone=\"par\"}=10");
    CHECK(rig.at(60, "nothing or vector(0)") == "{}=0");
}

TEST_CASE("promql: many elements may share one") {
    PromqlRig rig = pods_and_nodes();
    CHECK(rig.at(60, "cpu / on (node) group_left (zone) node") ==
          "{node=\"n1\",pod=\"a\",zone=\"par\"}=0.4 {node=\"n1\",pod=\"b\",zone=\"par\"}=0.2 "
          "{node=\"n2\",pod=\"c\",zone=\"ams\"}=0.35");
    CHECK(rig.at(60, "node > on (node) group_right cpu{pod=\"c\"}") ==
          "cpu{node=\"n2\",pod=\"c\"}=20");
    CHECK(rig.at(60, "cpu{pod=\"a\"} * on (node) group_left (__name__) node") ==
          "node{node=\"n1\",pod=\"a\"}=40");
    CHECK(rig.at(60, "cpu * on () group_right node") ==
          "failed: 1:1: found duplicate series for the match group {} on the left hand-side of the "
          "operation: [cpu{node=\"n1\",pod=\"b\"}, cpu{node=\"n1\",pod=\"a\"}];many-to-many "
          "matching not allowed: matching labels must be unique on one side");
    CHECK(rig.at(60, "cpu * on (node) group_left (pod) node") ==
          "failed: 1:1: multiple matches for labels: grouping labels must ensure unique matches");
    const char* dropped = "cpu > on (node) node";
    CHECK(rig.at(60, dropped) ==
          "failed: 1:1: multiple matches for labels: many-to-one matching must be explicit "
          "(group_left/group_right)");
    CHECK(rig.at(60, dropped, dialect_2) == "");
}

TEST_CASE("promql: quantiles and shares of classic histograms") {
    PromqlRig rig;
    add_bucket(rig, "1", 4);
    add_bucket(rig, "2", 8);
    add_bucket(rig, "+Inf", 10);
    CHECK(rig.at(60, "histogram_quantile(0.2, b)") == "{}=0.5");
    CHECK(rig.at(60, "histogram_quantile(0.6, b)") == "{}=1.5");
    CHECK(rig.at(60, "histogram_quantile(0.9, b)") == "{}=2");
    CHECK(rig.at(60, "histogram_quantile(-1, b)") == "{}=-Inf");
    CHECK(rig.at(60, "histogram_fraction(0.5, 1.5, b)") == "{}=0.4");
    CHECK(rig.at(60, "histogram_fraction(0.5, 1.5, b)", dialect_2) == "");
    CHECK(rig.at(60, "histogram_quantiles(b, \"q\", 0.6, 1)") == "{q=\"0.6\"}=1.5 {q=\"1.0\"}=2");
    CHECK(rig.at(60, "histogram_quantile(0.5, b{le!=\"+Inf\"})") == "{}=NaN");
    add_bucket(rig, "1", 5, "/racing");
    add_bucket(rig, "2", 3, "/racing");
    add_bucket(rig, "+Inf", 5, "/racing");
    CHECK(rig.at(60, "histogram_quantile(1, b{path=\"/racing\"})") == "{path=\"/racing\"}=1");
}

TEST_CASE("promql: each dialect has its own functions") {
    for (const char* text : {"holt_winters(x[1m], 0.5, 0.5)"}) {
        CHECK(parse(text, dialect_2));
        CHECK_FALSE(parse(text));
    }
    for (const char* text : {"mad_over_time(x[1m])",
                             "limitk(1, x)",
                             "limit_ratio(0.1, x)",
                             "sort_by_label(x, 'a')",
                             "first_over_time(x[1m])",
                             "start()",
                             "x @ 1m40s",
                             "max_of(1, 2)"}) {
        INFO(text);
        CHECK(parse(text));
        CHECK_FALSE(parse(text, dialect_2));
    }
}
