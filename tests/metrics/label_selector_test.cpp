// Label selector: what PromQL's conditions become, and what Kubernetes cannot say.
#include "metrics/label_selector.h"

#include <array>

#include <doctest/doctest.h>

using namespace tided;
using namespace tided::metrics;

namespace {

Matcher matcher(MatchOp op, const std::string& value, const std::string& name = "app") {
    return Matcher::make(name, op, value).value();
}

std::string said(MatchOp op, const std::string& value, const std::string& name = "app") {
    LabelSelector selector;
    const Status added = selector.add(matcher(op, value, name), name);
    return added ? selector.text() : "refused: " + added.error().message;
}

}  // namespace

TEST_CASE("label selector: each condition that Kubernetes knows") {
    struct Row {
        MatchOp op;
        const char* value;
        const char* text;
    };
    const std::array<Row, 12> rows{{{MatchOp::equal, "web", "app=web"},
                                    {MatchOp::not_equal, "web", "app!=web"},
                                    {MatchOp::regex, "web", "app in (web)"},
                                    {MatchOp::regex, "web|api", "app in (web,api)"},
                                    {MatchOp::regex, "v1\\.2|v1\\.3", "app in (v1.2,v1.3)"},
                                    {MatchOp::not_regex, "web|api", "app notin (web,api)"},
                                    {MatchOp::equal, "", "!app"},
                                    {MatchOp::not_equal, "", "app"},
                                    {MatchOp::regex, ".+", "app"},
                                    {MatchOp::not_regex, ".+", "!app"},
                                    {MatchOp::not_regex, "", "app"},
                                    {MatchOp::regex, ".*", ""}}};
    for (const Row& row : rows) {
        INFO(row.value);
        CHECK(said(row.op, row.value) == row.text);
    }
    CHECK(said(MatchOp::equal, "web", "app.kubernetes.io/name") == "app.kubernetes.io/name=web");
}

TEST_CASE("label selector: the same conditions in any order are the same text") {
    LabelSelector one;
    REQUIRE(one.add(matcher(MatchOp::equal, "front", "tier"), "tier"));
    REQUIRE(one.add(matcher(MatchOp::equal, "web"), "app"));
    REQUIRE(one.add(matcher(MatchOp::equal, "web"), "app"));
    CHECK(one.text() == "app=web,tier=front");
    CHECK_FALSE(one.empty());
    CHECK(LabelSelector{}.empty());
}

TEST_CASE("label selector: what cannot be said") {
    for (const char* pattern : {"web.*", "web-[0-9]+", "v1.2", "a|", "|", "(a|b)", "a b", ".*"}) {
        INFO(pattern);
        const MatchOp op = std::string{pattern} == ".*" ? MatchOp::not_regex : MatchOp::regex;
        const std::string sign = op == MatchOp::regex ? "=~" : "!~";
        CHECK(said(op, pattern) ==
              "refused: app" + sign + "\"" + pattern +
                  "\": Kubernetes chooses by lists of values, not by patterns: write "
                  "app=~\"a|b\" or app!~\"a|b\"");
    }
    CHECK(said(MatchOp::equal, "a,b") ==
          "refused: app=\"a,b\": no Kubernetes label has that value");
    CHECK(said(MatchOp::not_equal, std::string(64, 'x')).ends_with("has that value"));
    for (const char* name : {"-app", "a/b/c", "/app", "app/", "bad_prefix/app", "a b", "é"}) {
        INFO(name);
        CHECK(said(MatchOp::equal, "web", name) ==
              "refused: '" + std::string{name} + "' is no name of a Kubernetes label");
    }
}
