// Targets: found labels become URL, labels and instance; addresses of the source told apart.
#include "metrics/discovery/target.h"

#include <doctest/doctest.h>

using namespace tided;
using namespace tided::metrics;

namespace {

std::vector<Target> targets_of(const ScrapeSpec& spec) {
    std::vector<Target> targets;
    for (const Labels& labels : listed_targets(spec)) {
        targets.push_back(judged(spec, Relabelling{}, labels).target);
    }
    return targets;
}

std::string instance_of(const Target& target) {
    return std::string{value_of(target.labels, "instance")};
}

Judged judge(Labels found, std::vector<RelabelSpec> rules = {}) {
    ScrapeSpec spec;
    spec.name = "apps";
    return judged(spec, Relabelling::make(rules).value(), normalised(std::move(found)));
}

}  // namespace

TEST_CASE("targets: addresses are completed with scheme and path") {
    ScrapeSpec spec;
    spec.targets = {"h:1", "[::1]:80", "https://x:2", "http://u:p@y:3/other?a=b", "http://z?m=1"};
    const auto targets = targets_of(spec);
    CHECK(targets[0].url == "http://h:1/metrics");
    CHECK(instance_of(targets[0]) == "h:1");
    CHECK(targets[1].url == "http://[::1]:80/metrics");
    CHECK(instance_of(targets[1]) == "[::1]:80");
    CHECK(targets[2].url == "https://x:2/metrics");
    CHECK(instance_of(targets[2]) == "x:2");
    CHECK(targets[3].url == "http://u:p@y:3/other?a=b");
    CHECK(instance_of(targets[3]) == "y:3");
    CHECK(targets[4].url == "http://z?m=1");
    CHECK(instance_of(targets[4]) == "z");
}

TEST_CASE("targets: two on one host are told apart by their URL") {
    ScrapeSpec spec;
    spec.targets = {"http://h:1/a", "http://h:1/b", "h:2"};
    const auto targets = targets_of(spec);
    CHECK(instance_of(targets[0]) == "http://h:1/a");
    CHECK(instance_of(targets[1]) == "http://h:1/b");
    CHECK(instance_of(targets[2]) == "h:2");
}

TEST_CASE("targets: a query or a user is neither shown nor a label") {
    ScrapeSpec spec;
    spec.metrics_path = "/metrics?token=secret";
    spec.targets = {"h:1",
                    "http://u:p@y:3?key=secret",
                    "http://p:9/probe?target=a",
                    "http://p:9/probe?target=b",
                    "http://p:9/metrics?token=secret"};
    const auto targets = targets_of(spec);
    CHECK(targets[0].url == "http://h:1/metrics?token=secret");
    CHECK(targets[0].shown == "http://h:1/metrics");
    CHECK(instance_of(targets[0]) == "h:1");
    CHECK(targets[1].url == "http://u:p@y:3?key=secret");
    CHECK(targets[1].shown == "http://y:3");
    CHECK(instance_of(targets[2]) == "http://p:9/probe#1");
    CHECK(instance_of(targets[3]) == "http://p:9/probe#2");
    CHECK(instance_of(targets[4]) == "http://p:9/metrics");
}

TEST_CASE("target labels: job and instance, the source's own labels win") {
    ScrapeSpec spec;
    spec.name = "apps";
    spec.targets = {"h:1"};
    CHECK(to_string(targets_of(spec)[0].labels) == "{instance=\"h:1\",job=\"apps\"}");
    spec.labels = {{"job", "web"}, {"zone", "a"}};
    CHECK(to_string(targets_of(spec)[0].labels) == "{instance=\"h:1\",job=\"web\",zone=\"a\"}");
}

TEST_CASE("target: found labels are its own, those with __ in front steer it") {
    const Judged one = judge({{"__address__", "h:1"},
                              {"__scheme__", "https"},
                              {"__metrics_path__", "/probe"},
                              {"__param_module", "http 2xx"},
                              {"__param_target", "a&b"},
                              {"__meta_zone", "x"},
                              {"__tmp", "y"},
                              {"zone", "a"}});
    CHECK(one.verdict == Judged::Verdict::kept);
    CHECK(one.target.url == "https://h:1/probe?module=http+2xx&target=a%26b");
    CHECK(one.target.shown == "https://h:1/probe");
    CHECK(to_string(one.target.labels) == "{instance=\"h:1\",job=\"apps\",zone=\"a\"}");
}

TEST_CASE("target: found job and instance win over ours") {
    const Judged one = judge({{"__address__", "h:1"}, {"instance", "web-1"}, {"job", "web"}});
    CHECK(to_string(one.target.labels) == "{instance=\"web-1\",job=\"web\"}");
}

TEST_CASE("target: rules see the labels before instance is made up") {
    RelabelSpec rule{.source_labels = {"instance"}, .target_label = "was", .replacement = "[$1]"};
    CHECK(to_string(judge({{"__address__", "h:1"}}, {rule}).target.labels) ==
          "{instance=\"h:1\",job=\"apps\",was=\"[]\"}");
    rule = {.action = RelabelSpec::Action::drop, .source_labels = {"__address__"}, .regex = "h:.*"};
    CHECK(judge({{"__address__", "h:1"}}, {rule}).verdict == Judged::Verdict::dropped);
}

TEST_CASE("target: what cannot be scraped is refused with its reason") {
    CHECK(judge({{"zone", "a"}}).why ==
          "no __address__ is left: "
          "{__metrics_path__=\"/metrics\",__scheme__=\"http\",job=\"apps\",zone=\"a\"}");
    CHECK(judge({{"__address__", "http://h:1"}}).why == "\"http://h:1\" is not host:port");
    CHECK(judge({{"__address__", "h:1"}, {"__scheme__", "ftp"}}).why ==
          "h:1 has the scheme \"ftp\", not http or https");
    CHECK(judge({{"__address__", "h 1:2"}}).why == "http://h 1:2/metrics is no URL");
    CHECK(judge({{"__address__", "h:1"}, {"zone", "\xff"}}).why ==
          "h:1: its label zone is not UTF-8");
}
