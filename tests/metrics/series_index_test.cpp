// SeriesIndex: labels to series and back, through churn, families and odd shapes.
#include "metrics/series_index.h"

#include <map>
#include <random>
#include <set>
#include <string>

#include <doctest/doctest.h>

using namespace tided;
using namespace tided::metrics;

namespace {

Labels random_labels(std::mt19937_64& random) {
    Labels labels;
    if (random() % 10 != 0) {
        labels.push_back({.name = "__name__", .value = "m" + std::to_string(random() % 4)});
    }
    for (const char* name : {"a", "b", "c"}) {
        if (random() % 3 != 0) {
            labels.push_back({.name = name, .value = "v" + std::to_string(random() % 5)});
        }
    }
    return labels;
}

}  // namespace

TEST_CASE("series index: series are ordered as their labels are") {
    SeriesIndex index;
    std::vector<Labels> all;
    for (const char* app : {"b", "a", "ab"}) {
        for (const char* pod : {"2", "10"}) {
            all.push_back(normalised({{"__name__", "x"}, {"app", app}, {"pod", pod}}));
        }
        all.push_back(normalised({{"__name__", "x"}, {"app", app}}));
        all.push_back(normalised({{"__name__", "x"}, {"zone", app}}));
        all.push_back(normalised({{"app", app}}));
    }
    std::vector<SeriesIndex::Slot> slots;
    for (const Labels& labels : all) {
        CHECK(index.find(views_of(labels)) == SeriesIndex::none);
        slots.push_back(index.add(views_of(labels)));
    }
    for (const auto one : slots) {
        for (const auto other : slots) {
            CHECK(index.is_before(one, other) == (index.labels(one) < index.labels(other)));
        }
    }
}

TEST_CASE("series index: series come and go at random, and each is found by its labels alone") {
    std::mt19937_64 random{4};
    SeriesIndex index;
    std::map<Labels, SeriesIndex::Slot> held;
    for (int round = 0; round < 20'000; ++round) {
        const Labels labels = random_labels(random);
        const auto known = held.find(labels);
        const SeriesIndex::Slot found = index.find(views_of(labels));
        REQUIRE(found == (known == held.end() ? SeriesIndex::none : known->second));
        if (found == SeriesIndex::none) {
            held[labels] = index.add(views_of(labels));
        } else if (random() % 2 == 0) {
            index.remove(found);
            held.erase(known);
        }
        REQUIRE(index.size() == held.size());
    }
    for (const auto& [labels, slot] : held) {
        REQUIRE(index.holds(slot));
        CHECK(index.labels(slot) == labels);
        CHECK(index.label(slot, "a") == value_of(labels, "a"));
        CHECK(index.label(slot, "none").empty());
    }
    for (const std::string& name : {std::string{}, std::string{"m0"}, std::string{"m3"}}) {
        std::set<SeriesIndex::Slot> expected;
        for (const auto& [labels, slot] : held) {
            if (value_of(labels, metric_name_label) == name) {
                expected.insert(slot);
            }
        }
        std::set<SeriesIndex::Slot> listed;
        for (auto slot = index.first_named(name); slot != SeriesIndex::none;
             slot = index.next_named(slot)) {
            listed.insert(slot);
        }
        CHECK(listed == expected);
    }
    CHECK(index.first_named("unknown") == SeriesIndex::none);
}

TEST_CASE("series index: labels that come and go take no more memory") {
    SeriesIndex index;
    const auto labels = [](int n) {
        return Labels{
            {"__name__", "up"}, {"pod", "web-" + std::to_string(100'000 + n)}, {"zone", "b"}};
    };
    std::size_t bytes = 0;
    for (int n = 0; n < 50'000; ++n) {
        REQUIRE(index.find(views_of(labels(n))) == SeriesIndex::none);
        index.add(views_of(labels(n)));
        if (n >= 500) {
            index.remove(index.find(views_of(labels(n - 500))));
        }
        if (n == 1000) {
            bytes = index.bytes();
        }
    }
    CHECK(index.size() == 500);
    CHECK(index.slots() == 501);
    CHECK(index.bytes() <= bytes);
}
