// Matchers: the four operators, anchoring, absent labels and refused expressions.
#include "metrics/matcher.h"

#include <doctest/doctest.h>

using namespace tided;
using namespace tided::metrics;

namespace {

Matcher made(MatchOp op, const std::string& value) {
    return Matcher::make("job", op, value).value();
}

}  // namespace

TEST_CASE("matcher: equality takes an absent label for an empty one") {
    CHECK(made(MatchOp::equal, "web").matches("web"));
    CHECK_FALSE(made(MatchOp::equal, "web").matches("webs"));
    CHECK(made(MatchOp::equal, "").matches(Labels{}));
    CHECK(made(MatchOp::not_equal, "web").matches(Labels{}));
    CHECK_FALSE(made(MatchOp::not_equal, "web").matches(Labels{{"job", "web"}}));
}

TEST_CASE("matcher: a regular expression matches the whole value") {
    CHECK(made(MatchOp::regex, "web|api").matches("api"));
    CHECK_FALSE(made(MatchOp::regex, "web|api").matches("apis"));
    CHECK_FALSE(made(MatchOp::regex, "web|api").matches("my-web"));
    CHECK(made(MatchOp::regex, "web.*").matches("web-1"));
    CHECK(made(MatchOp::regex, ".*").matches(""));
    CHECK_FALSE(made(MatchOp::regex, ".+").matches(""));
    CHECK(made(MatchOp::not_regex, "web.*").matches("api"));
    CHECK_FALSE(made(MatchOp::not_regex, "web.*").matches("web"));
    CHECK(made(MatchOp::regex, "(?i)WEB").matches("web"));
    CHECK(made(MatchOp::regex, "\\d{3}").matches("200"));
}

TEST_CASE("matcher: a dot matches a line end in dialect 3 only") {
    const auto three = Matcher::make("l", MatchOp::regex, "a.b", RegexDialect::prometheus_3);
    const auto two = Matcher::make("l", MatchOp::regex, "a.b", RegexDialect::prometheus_2);
    CHECK(three->matches("a\nb"));
    CHECK_FALSE(two->matches("a\nb"));
}

TEST_CASE("matcher: what is no regular expression is refused in a sentence") {
    const auto broken = Matcher::make("job", MatchOp::regex, "a(");
    REQUIRE_FALSE(broken.has_value());
    CHECK(broken.error().code == ErrorCode::invalid_input);
    CHECK(broken.error().message ==
          "the regular expression \"a(\" of label \"job\" does not compile: missing ): a(");
    CHECK_FALSE(Matcher::make("job", MatchOp::regex, "a)(b").has_value());
    CHECK(Matcher::make("job", MatchOp::equal, "a(").has_value());
}

TEST_CASE("matcher: prints as PromQL writes it") {
    CHECK(to_string(made(MatchOp::equal, "a\"b\\c\nd")) == R"(job="a\"b\\c\nd")");
    CHECK(to_string(made(MatchOp::not_equal, "x")) == "job!=\"x\"");
    CHECK(to_string(made(MatchOp::regex, "x")) == "job=~\"x\"");
    CHECK(to_string(made(MatchOp::not_regex, "x")) == "job!~\"x\"");
}

TEST_CASE("matcher: the same text is the same condition") {
    CHECK(made(MatchOp::regex, "x") == made(MatchOp::regex, "x"));
    CHECK_FALSE(made(MatchOp::regex, "x") == made(MatchOp::equal, "x"));
    CHECK_FALSE(made(MatchOp::regex, "x") == made(MatchOp::regex, "y"));
}
