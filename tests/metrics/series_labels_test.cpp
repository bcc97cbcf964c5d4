// Series labels: conflicts with the target's settled as Prometheus does, whatever came before.
#include "metrics/series_labels.h"

#include <doctest/doctest.h>

#include "metrics/exposition.h"

using namespace tided;
using namespace tided::metrics;

namespace {

std::string labelled(std::string_view line, SeriesLabels& labels) {
    ExpositionParser parser{line};
    REQUIRE(parser.next() == Entry::series);
    return to_string(
        labels_of(labels.of(parser.raw_name(), parser.raw_labels(), parser.is_plain())));
}

std::string labelled(std::string_view line, bool honor, const Labels& target) {
    SeriesLabels labels{target, honor};
    return labelled(line, labels);
}

const Labels web{{"instance", "h:1"}, {"job", "web"}};

}  // namespace

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

TEST_CASE("series labels: lines of one shape are labelled as each would be alone") {
    const std::vector<std::string_view> lines{R"(a{z="1",b="2"} 1)",
                                              R"(b{z="3",b="4"} 1)",
                                              R"(b{z="",b="4"} 1)",
                                              R"(b{z="x\ny",b="4"} 1)",
                                              R"(b{b="4",z="1"} 1)",
                                              R"(b{z="1"} 1)",
                                              R"(b 1)",
                                              R"(c 1)",
                                              R"(b{job="x",b="4"} 1)",
                                              R"(b{job="y",b="4"} 1)",
                                              R"({"b c",z="1",b="4"} 1)",
                                              R"(b{z="5",b="6"} 1)"};
    for (const bool honor : {false, true}) {
        SeriesLabels together{web, honor};
        for (const std::string_view line : lines) {
            CAPTURE(line);
            CHECK(labelled(line, together) == labelled(line, honor, web));
        }
    }
    SeriesLabels labels{web, false};
    CHECK(labelled(lines[0], labels) == R"(a{b="2",instance="h:1",job="web",z="1"})");
    CHECK(labelled(lines[1], labels) == R"(b{b="4",instance="h:1",job="web",z="3"})");
}
