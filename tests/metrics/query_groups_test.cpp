// Query groups: which questions share a query, how groups are cut, and that a common query gives
// each question what it would have got alone, by our own evaluator.
#include "metrics/query_groups.h"

#include <algorithm>
#include <random>

#include <doctest/doctest.h>

#include "metrics/promql/eval.h"
#include "metrics/promql/parser.h"
#include "metrics/promql/support.h"
#include "tests/support/series_builder.h"

using namespace tided;
using namespace tided::metrics;
using namespace tided::metrics::test;

namespace {

std::vector<QueryGroup> groups_of(const std::vector<std::string>& texts,
                                  std::size_t most_together = 200) {
    std::vector<promql::Expression> expressions;
    std::vector<GroupMember> members;
    for (const std::string& text : texts) {
        auto parsed = promql::parse(text);
        REQUIRE_MESSAGE(parsed.has_value(), text);
        expressions.push_back(*std::move(parsed));
    }
    for (const promql::Expression& expression : expressions) {
        members.push_back({.expression = &expression, .most_together = most_together});
    }
    return group_queries(members);
}

std::string with(std::string text, const std::string& value) {
    for (std::size_t at = 0; (at = text.find('%', at)) != std::string::npos;) {
        text.replace(at, 1, value);
        at += value.size();
    }
    return text;
}

const std::vector<std::string>& tenants() {
    static const std::vector<std::string> values{"a", "b.c", "bxc", "d|e", "nobody"};
    return values;
}

/// The common query for the template `text`, or "".
std::string common_query(const std::string& text) {
    std::vector<std::string> texts;
    std::transform(tenants().begin(),
                   tenants().end(),
                   std::back_inserter(texts),
                   [&text](const std::string& tenant) { return with(text, tenant); });
    const auto groups = groups_of(texts);
    return groups.size() == 1 ? groups.front().query : "";
}

Store& data() {
    static SeriesBuilder builder;
    static const bool filled = [] {
        double seed = 1;
        for (const char* tenant : {"a", "b.c", "bxc", "d|e", "d", "e"}) {
            for (const char* pod : {"1", "2", "3"}) {
                seed = seed * 7 - static_cast<int>(seed * 7 / 31) * 31;
                const auto series = [&](const char* name, double first, double step) {
                    builder.add({{"__name__", name}, {"t", tenant}, {"pod", pod}},
                                0,
                                15,
                                {first, first + step, first + 2 * step, gap, first + 5 * step});
                };
                series("x", seed, 3);
                if (std::string{pod} != "3" || std::string{tenant} != "a") {
                    series("y", seed * 2, 1);
                }
            }
            builder.add({{"__name__", "limit"}, {"t", tenant}}, 0, 15, {seed, seed, seed, seed, 5});
            for (const char* le : {"0.1", "1", "+Inf"}) {
                builder.add({{"__name__", "h_bucket"}, {"t", tenant}, {"pod", "1"}, {"le", le}},
                            0,
                            15,
                            {1, 4, 9, 16, 20 + seed});
            }
        }
        return true;
    }();
    static_cast<void>(filled);
    return builder.store();
}

using Elements = std::vector<std::pair<Labels, double>>;

/// What the elements of `t="tenant"` are, or of all when `tenant` is "", without the label.
Elements elements(const promql::Vector& vector, const std::string& tenant) {
    Elements found;
    for (promql::Element element : vector) {
        if (tenant.empty() || value_of(element.labels, "t") == tenant) {
            std::erase_if(element.labels, [](const Label& label) { return label.name == "t"; });
            found.emplace_back(std::move(element.labels), element.value);
        }
    }
    std::sort(found.begin(), found.end());
    return found;
}

std::optional<promql::Vector> evaluated(const std::string& text) {
    auto parsed = promql::parse(text);
    REQUIRE_MESSAGE(parsed.has_value(), text);
    REQUIRE_MESSAGE(promql::check_supported(*parsed).has_value(), text);
    promql::Evaluator evaluator{*std::move(parsed)};
    auto value = evaluator.at(data(), at_second(60));
    return value ? std::optional{std::get<promql::Vector>(*value)} : std::nullopt;
}

bool is_alike(const Elements& a, const Elements& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& x, const auto& y) {
        const bool is_both_nan = x.second != x.second && y.second != y.second;
        return x.first == y.first &&
               (is_both_nan || x.second == doctest::Approx(y.second).epsilon(1e-12));
    });
}

/// Checks a template whose questions share a query; false when the server would refuse that.
bool check_equal(const std::string& text, const std::string& common) {
    INFO(text);
    INFO(common);
    const auto together = evaluated(common);
    if (!together) {
        return false;
    }
    std::size_t seen = 0;
    for (const std::string& tenant : tenants()) {
        INFO(tenant);
        const auto alone = evaluated(with(text, tenant));
        REQUIRE(alone);
        const Elements ours = elements(*together, tenant);
        CHECK(is_alike(ours, elements(*alone, "")));
        seen += ours.size();
    }
    CHECK(seen == together->size());
    return true;
}

}  // namespace

TEST_CASE("query groups: one query for what differs in one value") {
    const auto groups = groups_of({"sum(rate(x{tenant=\"b\",job=\"web\"}[1m]))",
                                   "sum( rate(x{job='web',tenant=\"a\"}[60s]) )",
                                   "sum(rate(x{tenant=\"a\",job=\"db\"}[5m]))"});
    REQUIRE(groups.size() == 2);
    CHECK(groups[0] == QueryGroup{.members = {2}, .label = {}, .values = {}, .query = {}});
    CHECK(groups[1] ==
          QueryGroup{.members = {1, 0},
                     .label = "tenant",
                     .values = {"a", "b"},
                     .query = "sum by (tenant) (rate(x{job=\"web\",tenant=~\"a|b\"}[1m]))"});
}

TEST_CASE("query groups: each question goes the way that most go") {
    const auto groups = groups_of({"sum(x{a=\"1\",b=\"1\"})",
                                   "sum(x{a=\"1\",b=\"2\"})",
                                   "sum(x{a=\"1\",b=\"3\"})",
                                   "sum(x{a=\"2\",b=\"3\"})"});
    REQUIRE(groups.size() == 2);
    CHECK(groups[0].members == std::vector<std::size_t>{3});
    CHECK(groups[1].query == "sum by (b) (x{a=\"1\",b=~\"1|2|3\"})");
}

TEST_CASE("query groups: values are quoted for the regular expression and the string") {
    const auto groups = groups_of({"sum(x{t=\"a.b|c\"})", "sum(x{t=\"q\\\"\\\\\"})"});
    REQUIRE(groups.size() == 1);
    CHECK(groups[0].query == "sum by (t) (x{t=~\"a\\\\.b\\\\|c|q\\\"\\\\\\\\\"})");
}

TEST_CASE("query groups: are cut by number and by length") {
    std::vector<std::string> texts;
    for (int i = 1000; i < 1450; ++i) {
        texts.push_back("sum(x{t=\"" + std::to_string(i) + "\"})");
    }
    auto groups = groups_of(texts);
    REQUIRE(groups.size() == 3);
    CHECK(groups[0].members.size() == 200);
    CHECK(groups[0].values.front() == "1000");
    CHECK(groups[2].members.size() == 50);
    groups = groups_of(texts, 1);
    CHECK(groups.size() == 450);
    texts.clear();
    for (int i = 0; i < 10; ++i) {
        texts.push_back("sum(x{t=\"" + std::string(4000, static_cast<char>('a' + i)) + "\"})");
    }
    groups = groups_of(texts);
    REQUIRE(groups.size() == 3);
    CHECK(groups[0].members.size() == 4);
}

TEST_CASE("query groups: a member that bears less company limits its group") {
    std::vector<promql::Expression> expressions;
    for (const char* value : {"a", "b", "c", "d"}) {
        expressions.push_back(*promql::parse("sum(x{t=\"" + std::string{value} + "\"})"));
    }
    const auto groups = group_queries({{&expressions[0], 200},
                                       {&expressions[1], 200},
                                       {&expressions[2], 2},
                                       {&expressions[3], 1}});
    REQUIRE(groups.size() == 3);
    CHECK(groups[0].members == std::vector<std::size_t>{3});
    CHECK(groups[1].values == std::vector<std::string>{"a", "b"});
    CHECK(groups[2].members == std::vector<std::size_t>{2});
}

TEST_CASE("query groups: what shares a query gets from it what it gets alone") {
    static const std::vector<std::string> templates{
        "sum(x{t=\"%\"})",
        "avg(rate(x{t=\"%\"}[1m]))",
        "sum(rate(x{t=\"%\"}[1m])) / sum(rate(y{t=\"%\"}[1m]))",
        "100 * (1 - sum(x{t=\"%\"}) / sum(y{t=\"%\"})) > 1",
        "quantile(0.9, x{t=\"%\"})",
        "stddev(x{t=\"%\",pod!=\"3\"})",
        "count(x{t=\"%\"} > 10)",
        "group(x{t=\"%\"})",
        "x{t=\"%\"}",
        "x{t=\"%\",pod=\"1\"} + limit{t=\"%\"}",
        "sum by (pod) (x{t=\"%\"})",
        "sum by (t) (x{t=\"%\"}) / limit{t=\"%\"}",
        "max(sum without (t) (x{t=\"%\"}))",
        "sum(x{t=\"%\"} / on (pod) y{t=\"%\"})",
        "sum(x{t=\"%\"} * ignoring (pod) group_left () limit{t=\"%\"})",
        "sum(x{t=\"%\"} * on () group_left () sum(limit{t=\"%\"}))",
        "x{t=\"%\"} and on (pod) y{t=\"%\"}",
        "x{t=\"%\"} unless y{t=\"%\"}",
        "sum(x{t=\"%\"}) or sum(y{t=\"%\"})",
        "max_over_time(sum(x{t=\"%\"})[1m:15s])",
        "sum(x{t=\"%\"} offset 15s)",
        "histogram_quantile(0.9, sum by (le) (rate(h_bucket{t=\"%\"}[1m])))",
        "clamp_max(sum(x{t=\"%\"}), 20)",
        "-sum(x{t=\"%\"})",
        "time() - max(timestamp(x{t=\"%\"}))",
        "round(sum(x{t=\"%\"}), 0.5) ^ 2",
    };
    for (const std::string& text : templates) {
        const std::string common = common_query(text);
        REQUIRE_MESSAGE(!common.empty(), text);
        CHECK_MESSAGE(check_equal(text, common), text);
    }
}

TEST_CASE("query groups: what would get something else stays alone") {
    static const std::vector<std::string> templates{
        "sum(x{t=\"%\"}) or vector(0)",
        "absent(x{t=\"%\"})",
        "absent_over_time(x{t=\"%\"}[1m])",
        "scalar(x{t=\"%\"})",
        "sum(x{t=\"%\"}) / scalar(limit{t=\"%\"})",
        "sum(topk(2, x{t=\"%\"}))",
        "count(count_values(\"v\", x{t=\"%\"}))",
        "sum(label_replace(x{t=\"%\"}, \"t\", \"z\", \"\", \"\"))",
        "sum(x{t=\"%\"}) / limit{t=\"%\"}",
        "sum(x{t=\"%\"}) or limit{t=\"%\"}",
        "sum(x{t=\"%\"}) / sum(y)",
        "sum(x{t=\"%\",t!=\"z\"})",
        "sum(x{t=~\"%\"})",
        "sum(x{t!=\"%\"})",
        "vector(%)",
        "sum(h_bucket{le=\"%\"})",
        "sum({__name__=\"%\"})",
    };
    for (const std::string& text : templates) {
        INFO(text);
        const auto groups = groups_of({with(text, "1"), with(text, "2")});
        REQUIRE(groups.size() == 2);
        CHECK(groups[0].query.empty());
        CHECK(groups[1].query.empty());
    }
}

namespace {

/// Expressions by dice, of the parts that occur in policies and some that do not.
class Dice {
public:
    explicit Dice(unsigned seed) : random_(seed) {}

    std::string vector(int depth) {
        if (depth == 0) {
            return one_of({"x{t=\"%\"}", "y{t=\"%\"}", "limit{t=\"%\"}", "x{t=\"%\",pod=\"1\"}"});
        }
        switch (random_() % 6) {
            case 0:
            case 1:
                return one_of({"sum", "avg", "min", "max", "count", "stdvar"}) +
                       one_of(
                           {"", "", " by (pod) ", " by (t) ", " without (t) ", " without (pod) "}) +
                       "(" + vector(depth - 1) + ")";
            case 2:
                return "(" + vector(depth - 1) +
                       one_of({" + ", " / ", " > ", " and ", " or ", " unless "}) +
                       one_of({"",
                               "",
                               "on () ",
                               "on (pod) ",
                               "on (t) ",
                               "ignoring (t) ",
                               "ignoring (pod) "}) +
                       vector(depth - 1) + ")";
            case 3:
                return "(" + vector(depth - 1) + " * " +
                       one_of({"on (t)", "on ()", "on (pod)", "ignoring (pod)", "ignoring (t)"}) +
                       one_of({" group_left () ", " group_right () ", " group_left () "}) +
                       vector(depth - 1) + ")";
            case 4:
                return one_of({"abs(", "rate(", "max_over_time("}) == "abs("
                           ? "abs(" + vector(depth - 1) + ")"
                           : "max_over_time(" + vector(depth - 1) + "[45s:15s])";
            default:
                return "(" + one_of({"2 * ", "1 - ", "10 < "}) + vector(depth - 1) + ")";
        }
    }

private:
    std::string one_of(const std::vector<std::string>& texts) {
        return texts[random_() % texts.size()];
    }

    std::mt19937 random_;
};

}  // namespace

TEST_CASE("query groups: no expression by dice gets another answer in company") {
    int compared = 0;
    for (unsigned seed = 0; seed < 800; ++seed) {
        const std::string text = Dice{seed}.vector(1 + static_cast<int>(seed % 4));
        const std::string common = common_query(text);
        compared += !common.empty() && check_equal(text, common) ? 1 : 0;
    }
    MESSAGE(compared << " expressions compared");
    CHECK(compared > 200);
}
