// Print: one form for what means the same, and text that parses to the same tree again.
#include "metrics/promql/print.h"

#include <doctest/doctest.h>

#include "metrics/promql/parser.h"

using namespace tided::metrics::promql;

namespace {

Expression parsed(const std::string& text, Dialect dialect = Dialect::prometheus_3) {
    auto expression = parse(text, dialect);
    REQUIRE_MESSAGE(expression.has_value(), text);
    return *std::move(expression);
}

std::string printed(const std::string& text, Dialect dialect = Dialect::prometheus_3) {
    return print(parsed(text, dialect));
}

std::string spread(const std::string& text) {
    return print(parsed(text), {.label = "t", .condition = "t=~\"a|b\""});
}

}  // namespace

TEST_CASE("print: blanks, order of labels, brackets, notation and comments do not count") {
    struct Row {
        const char* text;
        const char* canonical;
    };
    static constexpr Row rows[]{
        {"m", "m"},
        {" m { } ", "m"},
        {"m{b='2',a=\"1\",b=`2`}", "m{a=\"1\",b=\"2\"}"},
        {"{__name__=\"m\", a!~\"x.*\"}", "m{a!~\"x.*\"}"},
        {"{__name__=~\"m|n\"}", "{__name__=~\"m|n\"}"},
        {"sum by(b,a)(m)", "sum by (a, b) (m)"},
        {"sum(m)by(a)", "sum by (a) (m)"},
        {"SUM by () (m)", "sum(m)"},
        {"sum without () (m)", "sum without () (m)"},
        {"((sum((m))))", "sum(m)"},
        {"topk(2,m)", "topk(2, m)"},
        {"rate(m[60s]) # why", "rate(m[1m])"},
        {"rate(m[90s] offset 3600s)", "rate(m[90s] offset 1h)"},
        {"m offset -5m @ 1600000000", "m @ 1600000000 offset -5m"},
        {"m @ end()", "m @ end()"},
        {"a+b*c", "a + (b * c)"},
        {"(a+b)*c", "(a + b) * c"},
        {"a/b/c", "(a / b) / c"},
        {"a^b^c", "a ^ (b ^ c)"},
        {"-a^2", "-(a ^ 2)"},
        {"(-a)^2", "(-a) ^ 2"},
        {"a > bool 0x10", "a > bool 16"},
        {"a / ignoring() b", "a / b"},
        {"a / on() b", "a / on () b"},
        {"a / on(x) group_left(z,y) b", "a / on (x) group_left (y, z) b"},
        {"a * ignoring(x) group_right b", "a * ignoring (x) group_right () b"},
        {"a AND b or c unless d", "(a and b) or (c unless d)"},
        {"max_over_time((a+b)[1h:300s])", "max_over_time((a + b)[1h:5m])"},
        {"max_over_time(sum(a)[1h:] offset 1d)", "max_over_time(sum(a)[1h:] offset 1d)"},
        {"vector(inf)", "vector(Inf)"},
        {"label_replace(m,'a','$1','b',`\\d+`)",
         "label_replace(m, \"a\", \"$1\", \"b\", \"\\\\d+\")"},
        {"m{a=\"line\\nnext\\t\\\"q\\\"\"}", "m{a=\"line\\x0anext\\x09\\\"q\\\"\"}"},
        {"m{a=\"\\xff\"}", "m{a=\"\\xff\"}"},
        {"{\"my.metric\", \"my.label\"=\"é\"}", "{\"my.label\"=\"é\",__name__=\"my.metric\"}"},
        {"sum by (\"my.label\") (m)", "sum by (\"my.label\") (m)"},
        {"sum(sum)", "sum({__name__=\"sum\"})"},
        {"offset offset 1m", "{__name__=\"offset\"} offset 1m"},
        {"m[5m:1m]", "m[5m:1m]"},
    };
    for (const Row& row : rows) {
        INFO(row.text);
        CHECK(printed(row.text) == row.canonical);
        CHECK(printed(row.canonical) == row.canonical);
    }
}

TEST_CASE("print: dialect 2 keeps its notation") {
    const Dialect two = Dialect::prometheus_2;
    CHECK(printed("holt_winters(m[5m],0.5,0.5)", two) == "holt_winters(m[5m], 0.5, 0.5)");
    CHECK(printed(printed("sum(limitk)", two), two) == printed("sum(limitk)", two));
}

TEST_CASE("print: spread over a label") {
    struct Row {
        const char* text;
        const char* spread;
    };
    static constexpr Row rows[]{
        {"sum(x{t=\"a\"})", "sum by (t) (x{t=~\"a|b\"})"},
        {"sum by (z, b) (x{t=\"a\",s=\"1\"})", "sum by (b, t, z) (x{s=\"1\",t=~\"a|b\"})"},
        {"sum by (t) (x{t=\"a\"})", "sum by (t) (x{t=~\"a|b\"})"},
        {"sum without (t) (x{t=\"a\"})", "sum without () (x{t=~\"a|b\"})"},
        {"x{t=\"a\"} / on (i) y{t=\"a\"}", "x{t=~\"a|b\"} / on (i, t) y{t=~\"a|b\"}"},
        {"x{t=\"a\"} / ignoring (t, i) y{t=\"a\"}", "x{t=~\"a|b\"} / ignoring (i) y{t=~\"a|b\"}"},
        {"x{t=\"a\"} / on (i) group_left (t) y{t=\"a\"}",
         "x{t=~\"a|b\"} / on (i, t) group_left () y{t=~\"a|b\"}"},
        {"x{t=\"a\"} / y{t=\"a\"}", "x{t=~\"a|b\"} / y{t=~\"a|b\"}"},
    };
    for (const Row& row : rows) {
        INFO(row.text);
        CHECK(spread(row.text) == row.spread);
        CHECK(parse(row.spread).has_value());
    }
}
