// Parser, types and support: the shape of trees, every refusal with its place.
#include "metrics/promql/parser.h"

#include <doctest/doctest.h>

#include "metrics/number.h"
#include "metrics/promql/signatures.h"
#include "metrics/promql/support.h"
#include "metrics/sources.h"

using namespace tided;
using namespace tided::metrics;
using namespace tided::metrics::promql;

namespace {

std::string shape(const Node& node);

// A tree as an S-expression, so that a table of strings can hold it.
struct Shape {
    std::string operator()(const NumberLiteral& n) const { return format_number(n.value); }
    std::string operator()(const StringLiteral& n) const { return "'" + n.value + "'"; }
    std::string operator()(const VectorSelector& n) const {
        std::string text;
        for (const Matcher& matcher : n.matchers) {
            text += (text.empty() ? "" : ",") + metrics::to_string(matcher);
        }
        return "{" + text + "}" + shift(n.shift);
    }
    std::string operator()(const MatrixSelector& n) const {
        VectorSelector plain{.matchers = n.selector.matchers};
        return (*this)(plain) + "[" + tided::to_string(n.range) + "]" + shift(n.selector.shift);
    }
    std::string operator()(const Subquery& n) const {
        return "(subquery " + shape(*n.operand) + " " + tided::to_string(n.range) + ":" +
               (n.step ? tided::to_string(*n.step) : "") + ")" + shift(n.shift);
    }
    std::string operator()(const Call& n) const {
        std::string text = "(" + std::string{n.function->name};
        for (const auto& argument : n.arguments) {
            text += " " + shape(*argument);
        }
        return text + ")";
    }
    std::string operator()(const Aggregation& n) const {
        std::string text = "(" + std::string{to_string(n.op)};
        if (n.grouping.without || !n.grouping.labels.empty()) {
            text += std::string{n.grouping.without ? " without" : " by"} + list(n.grouping.labels);
        }
        return text + (n.parameter ? " " + shape(*n.parameter) : "") + " " + shape(*n.operand) +
               ")";
    }
    std::string operator()(const Binary& n) const {
        std::string op{to_string(n.op)};
        op += n.returns_bool ? " bool" : "";
        if (n.matching.span != Span{}) {
            op += (n.matching.on ? " on" : " ignoring") + list(n.matching.labels);
        }
        if (n.matching.group != Matching::Group::none) {
            op += n.matching.group == Matching::Group::left ? " left" : " right";
            op += list(n.matching.include);
        }
        return "(" + op + " " + shape(*n.left) + " " + shape(*n.right) + ")";
    }
    std::string operator()(const Unary& n) const {
        return std::string{n.negative ? "(neg " : "(pos "} + shape(*n.operand) + ")";
    }
    std::string operator()(const Parenthesis& n) const { return shape(*n.inner); }

    static std::string list(const std::vector<std::string>& names) {
        std::string text = "[";
        for (const std::string& name : names) {
            text += (text.size() == 1 ? "" : " ") + name;
        }
        return text + "]";
    }
    static std::string shift(const Shift& shift) {
        std::string text =
            shift.offset == Duration{} ? "" : " offset " + tided::to_string(shift.offset);
        switch (shift.anchor) {
            case Shift::Anchor::none:
                return text;
            case Shift::Anchor::instant:
                return text + " @" + format_number(to_unix_seconds(shift.instant));
            case Shift::Anchor::start:
                return text + " @start";
            case Shift::Anchor::end:
                return text + " @end";
        }
        return text;
    }
};

std::string shape(const Node& node) {
    return std::visit(Shape{}, node.form);
}

std::string parsed(const char* text, Dialect dialect = Dialect::prometheus_3) {
    const auto expression = parse(text, dialect);
    return expression ? shape(*expression->root) : "refused: " + expression.error().message;
}

struct Row {
    const char* text;
    const char* expected;
};

}  // namespace

TEST_CASE("parser: precedence and associativity") {
    for (const Row& row :
         {Row{"1 + 2 * 3", "(+ 1 (* 2 3))"},
          {"1 - 2 - 3", "(- (- 1 2) 3)"},
          {"2 * 3 % 4 / 5", "(/ (% (* 2 3) 4) 5)"},
          {"2 ^ 3 ^ 2", "(^ 2 (^ 3 2))"},
          {"-1 ^ 2", "(neg (^ 1 2))"},
          {"-x * 2", "(* (neg {__name__=\"x\"}) 2)"},
          {"2 ^ -1 ^ 2", "(^ 2 (neg (^ 1 2)))"},
          {"- - 1", "1"},
          {"+x", "(pos {__name__=\"x\"})"},
          {"(1 + 2) * 3", "(* (+ 1 2) 3)"},
          {"1 + 2 > bool 2 * 2", "(> bool (+ 1 2) (* 2 2))"},
          {"a or b and c unless d",
           "(or {__name__=\"a\"} (unless (and {__name__=\"b\"} "
           "{__name__=\"c\"}) {__name__=\"d\"}))"},
          {"a == b != c", "(!= (== {__name__=\"a\"} {__name__=\"b\"}) {__name__=\"c\"})"}}) {
        INFO(row.text);
        CHECK(parsed(row.text) == row.expected);
    }
}

TEST_CASE("parser: selectors") {
    for (const Row& row :
         {Row{"x", "{__name__=\"x\"}"},
          {"job:x:sum{}", "{__name__=\"job:x:sum\"}"},
          {"x{a='1', b!=\"2\",c=~`3.*`,d!~'4',}",
           "{__name__=\"x\",a=\"1\",b!=\"2\",c=~\"3.*\",d!~\"4\"}"},
          {"{a='1'}", "{a=\"1\"}"},
          {"{a='1', __name__='x'}", "{__name__=\"x\",a=\"1\"}"},
          {"{'my.metric', 'my.label'='v'}", "{__name__=\"my.metric\",my.label=\"v\"}"},
          {"x{by='1',offset='2',sum='3'}", "{__name__=\"x\",by=\"1\",offset=\"2\",sum=\"3\"}"},
          {"x[1h30m]", "{__name__=\"x\"}[1h30m]"},
          {"x[90]", "{__name__=\"x\"}[1m30s]"},
          {"x offset 5m", "{__name__=\"x\"} offset 5m"},
          {"x[1m] offset -5m @ 10.5", "{__name__=\"x\"}[1m] offset -5m @10.5"},
          {"x @ start() offset 1d", "{__name__=\"x\"} offset 1d @start"},
          {"x @ end()", "{__name__=\"x\"} @end"},
          {"rate(x[1m])[10m:30s]", "(subquery (rate {__name__=\"x\"}[1m]) 10m:30s)"},
          {"x[10m:] offset 1m", "(subquery {__name__=\"x\"} 10m:) offset 1m"}}) {
        INFO(row.text);
        CHECK(parsed(row.text) == row.expected);
    }
}

TEST_CASE("parser: reserved words are names where no meaning is possible") {
    for (const char* word : {"sum", "by", "offset", "and", "or", "without", "start", "group"}) {
        INFO(word);
        CHECK(parsed(word) == std::string{"{__name__=\""} + word + "\"}");
    }
    CHECK(parsed("and and and") == "(and {__name__=\"and\"} {__name__=\"and\"})");
    CHECK(parsed("SUM BY (A) (x)") == "(sum by[A] {__name__=\"x\"})");
    CHECK(parsed("iNf") == "+Inf");
    CHECK(parsed("NaN") == "NaN");
    CHECK(parsed("bool") == "refused: 1:1: unexpected name \"bool\" in expression");
}

TEST_CASE("parser: aggregations, calls and matching") {
    for (const Row& row :
         {Row{"sum(x)", "(sum {__name__=\"x\"})"},
          {"sum by (b, a, b,) (x)", "(sum by[a b] {__name__=\"x\"})"},
          {"sum(x) without (a)", "(sum without[a] {__name__=\"x\"})"},
          {"avg without () (x)", "(avg without[] {__name__=\"x\"})"},
          {"topk(3, x)", "(topk 3 {__name__=\"x\"})"},
          {"count_values('v', x)", "(count_values 'v' {__name__=\"x\"})"},
          {"time()", "(time)"},
          {"label_join(x, 'a', 'b')", "(label_join {__name__=\"x\"} 'a' 'b')"},
          {"round(x, 5)", "(round {__name__=\"x\"} 5)"},
          {"histogram_quantile(0.9, sum by (le) (rate(x[5m])))",
           "(histogram_quantile 0.9 (sum by[le] (rate {__name__=\"x\"}[5m])))"},
          {"a / on (i) group_left (v) b", "(/ on[i] left[v] {__name__=\"a\"} {__name__=\"b\"})"},
          {"a * ignoring (i) group_right b",
           "(* ignoring[i] right[] {__name__=\"a\"} {__name__=\"b\"})"},
          {"a > bool on () b", "(> bool on[] {__name__=\"a\"} {__name__=\"b\"})"}}) {
        INFO(row.text);
        CHECK(parsed(row.text) == row.expected);
    }
}

TEST_CASE("parser: what is refused, and where") {
    for (const Row& row :
         {Row{"", "1:1: no expression found in input"},
          {"# only this", "1:1: no expression found in input"},
          {"foo bar",
           "1:5: unexpected name \"bar\" in expression, expected operator or end of input"},
          {"1 +", "1:4: unexpected end of input in expression"},
          {"(1", "1:3: unexpected end of input in parenthesis, expected \")\""},
          {"sum(x", "1:6: unexpected end of input in aggregation, expected \",\" or \")\""},
          {"rate(x[5m)", "1:10: unexpected \")\" in range, expected \"]\" or \":\""},
          {"x[", "1:3: unexpected end of input in range, expected duration"},
          {"x[0s]", "1:3: duration must be greater than 0"},
          {"x[5m:x]", "1:6: unexpected name \"x\" in subquery, expected duration"},
          {"x{a}", "1:4: unexpected \"}\" in label matching, expected one of = != =~ !~"},
          {"x{a=1}", "1:5: unexpected number \"1\" in label matching, expected string"},
          {"x{1='a'}",
           "1:3: unexpected number \"1\" in label matching, expected label name or \"}\""},
          {"x{a='1' b='2'}",
           "1:9: unexpected name \"b\" in label matching, expected \",\" or \"}\""},
          {"x{__name__='y'}", "1:3: metric name must not be set twice: \"x\" or \"y\""},
          {"{}", "1:1: vector selector must contain at least one non-empty matcher"},
          {"{a=~'.*'}", "1:1: vector selector must contain at least one non-empty matcher"},
          {"unknown(x)", "1:1: unknown function with name \"unknown\""},
          {"Rate(x[1m])", "1:1: unknown function with name \"Rate\""},
          {"sum by (a b) (x)",
           "1:11: unexpected name \"b\" in grouping opts, expected \",\" or \")\""},
          {"sum by (1) (x)",
           "1:9: unexpected number \"1\" in grouping opts, expected label name or \")\""},
          {"sum()",
           "1:1: wrong number of arguments for aggregate expression provided, expected 1, got 0"},
          {"topk(x)",
           "1:1: wrong number of arguments for aggregate expression provided, expected 2, got 1"},
          {"(x)[5m]", "1:4: ranges only allowed for vector selectors"},
          {"x offset 1m [5m]", "1:3: no offset or @ modifiers allowed before range"},
          {"x offset", "1:9: unexpected end of input in offset, expected duration"},
          {"x offset 1m offset 1m", "1:13: offset may not be set multiple times"},
          {"x @ 1 @ 2", "1:7: @ <timestamp> may not be set multiple times"},
          {"x @ y", "1:5: unexpected name \"y\" in @, expected timestamp"},
          {"1 offset 5m",
           "1:3: offset modifier must be preceded by an instant vector selector or range vector "
           "selector or a subquery"},
          {"sum(x) @ 5",
           "1:8: @ modifier must be preceded by an instant vector selector or range vector "
           "selector or a subquery"}}) {
        INFO(row.text);
        CHECK(parsed(row.text) == "refused: " + std::string{row.expected});
    }
}

TEST_CASE("parser: types") {
    for (const Row& row :
         {Row{"rate(x)",
              "1:6: expected type range vector in call to function \"rate\", got instant vector"},
          {"abs(x[5m])",
           "1:5: expected type instant vector in call to function \"abs\", got range vector"},
          {"rate(x[5m], 1)", "1:1: expected 1 argument(s) in call to \"rate\", got 2"},
          {"round(x, 1, 2)", "1:1: expected 1 to 2 argument(s) in call to \"round\", got 3"},
          {"label_join(x)",
           "1:1: expected at least 3 argument(s) in call to \"label_join\", got 1"},
          {"sum(1)", "1:5: expected type instant vector in aggregation expression, got scalar"},
          {"topk('a', x)", "1:6: expected type scalar in aggregation parameter, got string"},
          {"x[5m] + 1",
           "1:1: binary expression must contain only scalar and instant vector types, got range "
           "vector"},
          {"1 + 'a'",
           "1:5: binary expression must contain only scalar and instant vector types, got string"},
          {"1 == 1", "1:3: comparisons between scalars must use bool modifier"},
          {"1 + bool 2", "1:3: bool modifier can only be used on comparison operators"},
          {"x and 1", "1:3: set operator \"and\" not allowed in binary scalar expression"},
          {"x + on (a) 1", "1:5: vector matching only allowed between instant vectors"},
          {"a and on (i) group_left b", "1:7: no grouping allowed for \"and\" operation"},
          {"a * on (i) group_left (i) b",
           "1:5: label \"i\" must not occur in on and group clause at once"},
          {"-'a'",
           "1:1: unary expression only allowed on expressions of type scalar or instant vector, "
           "got string"},
          {"1[5m:]", "1:1: subquery is only allowed on instant vector, got scalar"}}) {
        INFO(row.text);
        CHECK(parsed(row.text) == "refused: " + std::string{row.expected});
    }
}

TEST_CASE("parser: dialect 2 has no bare seconds, no bare durations and no quoted names") {
    for (const Row& row :
         {Row{"x[60]",
              "1:3: unexpected number \"60\" in range, expected duration with a unit, such as 5m"},
          {"5m",
           "1:1: unexpected duration \"5m\" in expression, expected a number; a duration stands in "
           "brackets"},
          {"{'x'}",
           "1:2: unexpected string 'x' in label matching, expected label name or \"}\""}}) {
        INFO(row.text);
        CHECK(parsed(row.text, Dialect::prometheus_2) == "refused: " + std::string{row.expected});
    }
    CHECK(parsed("5m + 1") == "(+ 300 1)");
}

TEST_CASE("parser: depth is bounded") {
    const std::string nested = std::string(5000, '(') + "1" + std::string(5000, ')');
    CHECK(parse(nested).error().message == "1:101: expression is too deeply nested");
    std::string chain = "1";
    for (int i = 0; i < 5000; ++i) {
        chain += "+1";
    }
    CHECK(parse(chain).error().message == "1:1: expression is too deeply nested");
    CHECK(parse(std::string(90, '(') + "1" + std::string(90, ')')).has_value());
}

TEST_CASE("parser: selectors are counted with the history each reads") {
    const auto expression =
        parse(
            "sum(rate(a{x='1'}[2m] offset 1m)) / b > max_over_time((c offset 3m)[10m:] "
            "offset 5m) + d @ 7")
            .value();
    const auto uses = selectors_of(expression);
    REQUIRE(uses.size() == 4);
    const auto text = [&](std::size_t i) {
        return expression.text.substr(uses[i].span.begin, uses[i].span.end - uses[i].span.begin);
    };
    using std::chrono::minutes;
    CHECK(text(0) == "a{x='1'}");
    CHECK(uses[0].range == Duration{minutes{2}});
    CHECK(uses[0].offset == minutes{1});
    CHECK(text(1) == "b");
    CHECK_FALSE(uses[1].range);
    CHECK(text(2) == "c");
    CHECK(uses[2].subquery_range == minutes{10});
    CHECK(uses[2].offset == minutes{8});
    CHECK_FALSE(uses[2].is_pinned);
    CHECK(uses[3].is_pinned);
}

TEST_CASE("support: what is valid but not evaluated is named") {
    for (const Row& row :
         {Row{"1 + histogram_avg(x)",
              "1:5: function 'histogram_avg' is not supported by this version"},
          {"sum(info(x))", "1:5: function 'info' is not supported by this version"},
          {"rate(x[1m] @ 5)",
           "1:6: scraped samples are kept for a time only: an instant pinned by @ moves out of it; "
           "use offset"},
          {"rate(x[5w])", "1:1: it looks back 35d, scraped samples are kept for 31d at most"},
          {"max_over_time(avg_over_time(x[5m:1s])[1h:15s])",
           "1:1: its subqueries take 72240 evaluations each time, the most is 20000: use a longer "
           "step or a shorter range"},
          {"sum(rate(x[1m])",
           "1:16: unexpected end of input in aggregation, expected \",\" or "
           "\")\""},
          {"x[5m]", "1:1: a scalar or an instant vector is needed, got a range vector"},
          {"x{a=~'('}",
           "1:6: the regular expression \"(\" of label \"a\" does not compile: missing ): ("}}) {
        INFO(row.text);
        const auto refused = check_expression(row.text);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().message == row.expected);
    }
    CHECK(check_expression("sum by (a) (rate(x{b=~'c.*'}[1m])) / 2 > 3"));
    CHECK(check_expression("topk(1, max_over_time(x[5m:1m] offset 1h)) or vector(0)"));
}

TEST_CASE("support: a Prometheus may be sent any valid PromQL that gives numbers") {
    for (const char* text : {"histogram_quantile(0.9, sum by (le) (rate(x[5m])))",
                             "topk(1, x) or vector(0)",
                             "x offset 1d unless on (i) y",
                             "max_over_time(rate(x[1m])[10m:30s])",
                             "histogram_avg(x)",
                             "x @ 1600000000",
                             "scalar(x)"}) {
        INFO(text);
        CHECK(check_remote_expression(text));
    }
    CHECK(check_remote_expression("holt_winters(x[1m], 0.5, 0.5)", Dialect::prometheus_2));
    CHECK(check_remote_expression("1 + holt_winters(x[1m], 0.5, 0.5)").error().message ==
          "1:5: unknown function with name \"holt_winters\": only PromQL 2 has it");
    CHECK(check_expression("mad_over_time(x[1m])", Dialect::prometheus_2).error().message ==
          "1:1: unknown function with name \"mad_over_time\": only PromQL 3 has it");
    CHECK(check_remote_expression("sum(rate(x[1m])").error().message ==
          "1:16: unexpected end of input in aggregation, expected \",\" or \")\"");
    CHECK(check_remote_expression("x[5m]").error().message ==
          "1:1: a scalar or an instant vector is needed, got a range vector");
    CHECK(check_remote_expression("'text'").error().message ==
          "1:1: a scalar or an instant vector is needed, got a string");
}
