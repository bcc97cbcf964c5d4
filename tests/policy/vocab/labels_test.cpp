// Labels: sorted, unique, without empty values, printed as Prometheus prints them.
#include "policy/vocab/labels.h"

#include <doctest/doctest.h>

#include "tests/support/policy_words.h"

using namespace tided;

TEST_CASE("labels: normalising sorts, drops empty values, and of equal names the last one wins") {
    CHECK(normalised({{"zone", "b"}, {"code", "200"}, {"empty", ""}, {"code", "500"}}) ==
          Labels{{"code", "500"}, {"zone", "b"}});
    CHECK(normalised({{"code", "200"}, {"code", ""}}).empty());
    CHECK(normalised({}).empty());
}

TEST_CASE("labels: an absent label is an empty one") {
    const Labels labels{{"code", "200"}, {"zone", "b"}};
    CHECK(value_of(labels, "code") == "200");
    CHECK(value_of(labels, "zone") == "b");
    CHECK(value_of(labels, "method").empty());
    CHECK(value_of(Labels{}, "code").empty());
}

TEST_CASE("labels: views say what the labels say") {
    const Labels labels{{"code", "200"}, {"zone", "b"}};
    const std::vector<LabelView> views = views_of(labels);
    CHECK(labels_of(views) == labels);
    CHECK(value_of(views, "zone") == "b");
    CHECK(value_of(views, "method").empty());
}

TEST_CASE("labels: print in Prometheus' notation") {
    CHECK(to_string(Labels{{"__name__", "up"}}) == "up");
    CHECK(to_string(Labels{}) == "{}");
    CHECK(to_string(Labels{{"code", "200"}}) == R"({code="200"})");
    CHECK(to_string(Labels{{"__name__", "up"}, {"a", "say \"hi\"\\"}, {"b", "two\nlines"}}) ==
          R"(up{a="say \"hi\"\\",b="two\nlines"})");
}
