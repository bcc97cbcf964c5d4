// Target labels: addresses completed, instances told apart, conflicts settled as Prometheus does.
#include "metrics/target_labels.h"

#include <doctest/doctest.h>

#include "metrics/exposition.h"

using namespace tided;
using namespace tided::metrics;

namespace {

std::string labelled(std::string_view line, bool honor, const Labels& target) {
    ExpositionParser parser{line};
    REQUIRE(parser.next() == Entry::series);
    return to_string(with_target_labels(parser, target, honor));
}

const Labels web{{"instance", "h:1"}, {"job", "web"}};

}  // namespace

TEST_CASE("targets: addresses are completed with scheme and path") {
    ScrapeSpec spec;
    spec.targets = {"h:1", "[::1]:80", "https://x:2", "http://u:p@y:3/other?a=b", "http://z?m=1"};
    const auto targets = targets_of(spec);
    CHECK(targets[0].url == "http://h:1/metrics");
    CHECK(targets[0].instance == "h:1");
    CHECK(targets[1].url == "http://[::1]:80/metrics");
    CHECK(targets[1].instance == "[::1]:80");
    CHECK(targets[2].url == "https://x:2/metrics");
    CHECK(targets[2].instance == "x:2");
    CHECK(targets[3].url == "http://u:p@y:3/other?a=b");
    CHECK(targets[3].instance == "y:3");
    CHECK(targets[4].url == "http://z?m=1");
    CHECK(targets[4].instance == "z");
}

TEST_CASE("targets: two on one host are told apart by their URL") {
    ScrapeSpec spec;
    spec.targets = {"http://h:1/a", "http://h:1/b", "h:2"};
    const auto targets = targets_of(spec);
    CHECK(targets[0].instance == "http://h:1/a");
    CHECK(targets[1].instance == "http://h:1/b");
    CHECK(targets[2].instance == "h:2");
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
    CHECK(targets[0].instance == "h:1");
    CHECK(targets[1].url == "http://u:p@y:3?key=secret");
    CHECK(targets[1].shown == "http://y:3");
    CHECK(targets[2].instance == "http://p:9/probe#1");
    CHECK(targets[3].instance == "http://p:9/probe#2");
    CHECK(targets[4].instance == "http://p:9/metrics");
}

TEST_CASE("target labels: job and instance, the source's own labels win") {
    ScrapeSpec spec;
    spec.name = "apps";
    CHECK(to_string(target_labels(spec, "h:1")) == "{instance=\"h:1\",job=\"apps\"}");
    spec.labels = {{"job", "web"}, {"zone", "a"}};
    CHECK(to_string(target_labels(spec, "h:1")) == "{instance=\"h:1\",job=\"web\",zone=\"a\"}");
}

TEST_CASE("target labels: a page's own label goes on as exported_") {
    CHECK(labelled("a{x=\"1\"} 1", false, web) == "a{instance=\"h:1\",job=\"web\",x=\"1\"}");
    CHECK(labelled("a{job=\"other\"} 1", false, web) ==
          "a{exported_job=\"other\",instance=\"h:1\",job=\"web\"}");
    CHECK(labelled("a{job=\"other\",exported_job=\"third\"} 1", false, web) ==
          "a{exported_exported_job=\"other\",exported_job=\"third\",instance=\"h:1\",job=\"web\"}");
    CHECK(labelled("a{job=\"\"} 1", false, web) == "a{instance=\"h:1\",job=\"web\"}");
}

TEST_CASE("target labels: honor_labels lets the page win, an empty label removes ours") {
    CHECK(labelled("a{job=\"other\"} 1", true, web) == "a{instance=\"h:1\",job=\"other\"}");
    CHECK(labelled("a{instance=\"\"} 1", true, web) == "a{job=\"web\"}");
    CHECK(labelled("a 1", true, web) == "a{instance=\"h:1\",job=\"web\"}");
}
