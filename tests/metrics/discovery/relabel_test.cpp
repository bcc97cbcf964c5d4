// Relabelling: each action as Prometheus' configuration reference has it.
#include "metrics/discovery/relabel.h"

#include <doctest/doctest.h>

#include "metrics/discovery/expansion.h"

using namespace tided;
using namespace tided::metrics;
using Action = RelabelSpec::Action;

namespace {

const Labels web{{"__address__", "10.0.0.1:80"}, {"app", "Web"}, {"job", "web"}, {"zone", "a"}};

std::string relabelled(const RelabelSpec& rule, Labels labels = web) {
    const auto rules = Relabelling::make({rule});
    REQUIRE(rules.has_value());
    return rules->apply(labels) ? to_string(labels) : "dropped";
}

const std::string as_it_was = to_string(web);

std::string fault(const RelabelSpec& rule) {
    const auto found = fault_of(rule);
    return found ? std::string{found->key} + ": " + found->text : "";
}

}  // namespace

TEST_CASE("relabel: replace fills in what the whole value matched") {
    CHECK(relabelled({.source_labels = {"__address__"},
                      .regex = "(.*):(\\d+)",
                      .target_label = "host",
                      .replacement = "$1-${2}x"}) ==
          "{__address__=\"10.0.0.1:80\",app=\"Web\",host=\"10.0.0.1-80x\",job=\"web\",zone=\"a\"}");
    CHECK(relabelled({.source_labels = {"job", "zone"}, .target_label = "job"}) ==
          "{__address__=\"10.0.0.1:80\",app=\"Web\",job=\"web;a\",zone=\"a\"}");
    CHECK(
        relabelled(
            {.source_labels = {"job"}, .regex = "we", .target_label = "job", .replacement = "x"}) ==
        as_it_was);
}

TEST_CASE(
    "relabel: an empty replacement removes the label; a target that is no name does nothing") {
    CHECK(relabelled({.target_label = "zone", .replacement = ""}) ==
          "{__address__=\"10.0.0.1:80\",app=\"Web\",job=\"web\"}");
    CHECK(relabelled({.source_labels = {"__address__"}, .regex = "(.*)", .target_label = "x$1"}) ==
          as_it_was);
    CHECK(relabelled({.source_labels = {"zone"},
                      .regex = "(?P<z>.)",
                      .target_label = "in_${z}",
                      .replacement = "yes"}) ==
          "{__address__=\"10.0.0.1:80\",app=\"Web\",in_a=\"yes\",job=\"web\",zone=\"a\"}");
}

TEST_CASE("relabel: keep and drop look at the whole value; a missing label is empty") {
    CHECK(relabelled({.action = Action::keep, .source_labels = {"job"}, .regex = "web|api"}) ==
          as_it_was);
    CHECK(relabelled({.action = Action::keep, .source_labels = {"job"}, .regex = "we"}) ==
          "dropped");
    CHECK(relabelled({.action = Action::drop, .source_labels = {"none"}, .regex = ""}) ==
          "dropped");
    CHECK(relabelled({.action = Action::drop, .source_labels = {"job"}, .regex = "a.*"}) ==
          as_it_was);
    CHECK(relabelled(
              {.action = Action::keepequal, .source_labels = {"job"}, .target_label = "app"}) ==
          "dropped");
    CHECK(relabelled(
              {.action = Action::dropequal, .source_labels = {"job"}, .target_label = "job"}) ==
          "dropped");
}

TEST_CASE("relabel: hashmod is Prometheus' number") {
    const auto shard = [](const std::string& value) {
        Labels labels{{"v", value}};
        const auto rules = Relabelling::make({{.action = Action::hashmod,
                                               .source_labels = {"v"},
                                               .target_label = "shard",
                                               .modulus = 1000}});
        CHECK(rules->apply(labels));
        return std::string{value_of(labels, "shard")};
    };
    CHECK(shard("foo") == "696");
    CHECK(shard("10.0.0.1:80") == "629");
}

TEST_CASE("relabel: labels by their names") {
    CHECK(relabelled(
              {.action = Action::labelmap, .regex = "(a|z)(.*)", .replacement = "m_${1}_$2"}) ==
          "{__address__=\"10.0.0.1:80\",app=\"Web\",job=\"web\",m_a_pp=\"Web\",m_z_one=\"a\","
          "zone=\"a\"}");
    CHECK(relabelled({.action = Action::labeldrop, .regex = "a.*|zone"}) ==
          "{__address__=\"10.0.0.1:80\",job=\"web\"}");
    CHECK(relabelled({.action = Action::labelkeep, .regex = "__.*|job"}) ==
          "{__address__=\"10.0.0.1:80\",job=\"web\"}");
}

TEST_CASE("relabel: lower and upper case") {
    CHECK(relabelled(
              {.action = Action::lowercase, .source_labels = {"app"}, .target_label = "app"}) ==
          "{__address__=\"10.0.0.1:80\",app=\"web\",job=\"web\",zone=\"a\"}");
    CHECK(relabelled(
              {.action = Action::uppercase, .source_labels = {"job"}, .target_label = "app"}) ==
          "{__address__=\"10.0.0.1:80\",app=\"WEB\",job=\"web\",zone=\"a\"}");
}

TEST_CASE("relabel: a rule that cannot be meant says which key and why") {
    CHECK(fault({.action = Action::keep, .regex = "("}) ==
          "regex: it does not compile: missing ): (");
    CHECK(fault({}) == "target_label: the action replace needs it");
    CHECK(fault({.target_label = "a-b"}) == "target_label: \"a-b\" is no label's name");
    CHECK(fault({.target_label = "${1}_x"}).empty());
    CHECK(fault({.action = Action::hashmod, .target_label = "${1}", .modulus = 2}) ==
          "target_label: \"${1}\" is no label's name");
    CHECK(fault({.action = Action::hashmod, .target_label = "x"}) ==
          "modulus: the action hashmod needs it");
    CHECK(fault({.action = Action::labelmap, .replacement = "a b"}) ==
          "replacement: \"a b\" is no label's name");
    CHECK(fault({.source_labels = {"1a"}, .target_label = "x"}) ==
          "source_labels: \"1a\" is no label's name");
    CHECK(Relabelling::make({{}}).error().message ==
          "relabel: 'target_label': the action replace needs it");
}

TEST_CASE("expansion: dollar signs as Go's regexp.Expand reads them") {
    const std::map<std::string, int> names{{"host", 1}};
    const MatchedGroups groups{.by_number = {"all", "one", "two"}, .by_name = &names};
    struct Row {
        const char* text;
        const char* expected;
    };
    for (const Row& row : {Row{"$1", "one"},
                           Row{"${1}x", "onex"},
                           Row{"$1x", ""},
                           Row{"$host-$0", "one-all"},
                           Row{"${host}", "one"},
                           Row{"$3$9", ""},
                           Row{"$01", ""},
                           Row{"$$1", "$1"},
                           Row{"a$", "a$"},
                           Row{"${1", "${1"},
                           Row{"$-", "$-"},
                           Row{"$2$1", "twoone"},
                           Row{"", ""}}) {
        INFO(row.text);
        CHECK(expanded(row.text, groups) == row.expected);
    }
}
