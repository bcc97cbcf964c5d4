// Histogram, plain and decaying: ranges, leftovers, references, and what holds of all of them.
#include <cmath>
#include <random>
#include <string>

#include <doctest/doctest.h>

#include "policy/vpa/crossing.h"
#include "policy/vpa/decaying_histogram.h"

namespace {

using namespace tided;
using namespace tided::policy::vpa;
using namespace std::chrono_literals;

const TimePoint midnight = from_unix_seconds(1'767'571'200);

Buckets tens() {
    return Buckets{Buckets::Linear{.max = 10.0, .size = 1.0, .epsilon = 1e-4}};
}

TEST_CASE("histogram: an empty one has its range turned round and answers 0") {
    const Histogram histogram{cpu_buckets()};
    CHECK(histogram.is_empty());
    CHECK(histogram.min() == 175);
    CHECK(histogram.max() == 0);
    CHECK(histogram.percentile(0.9) == 0.0);
    CHECK(histogram.heap_bytes() == 0);
}

TEST_CASE("histogram: weight under epsilon is kept and counts once there is more") {
    const Buckets buckets = tens();
    Histogram histogram{buckets};
    histogram.add(3.0, 1.0);
    histogram.add(7.0, 0.6e-4);
    CHECK(histogram.max() == 3);
    CHECK(histogram.weight(7) == 0.6e-4);
    histogram.scale(0.5);
    CHECK(histogram.weight(7) == 0.6e-4);  // outside of the range: not scaled
    CHECK(histogram.total() == (1.0 + 0.6e-4) * 0.5);
    histogram.add(7.0, 0.6e-4);
    CHECK(histogram.max() == 7);
    CHECK(histogram.percentile(1.0) == 8.0);
}

TEST_CASE("histogram: what sinks under epsilon is 0, and the range narrows") {
    const Buckets buckets = tens();
    Histogram histogram{buckets};
    histogram.add(3.0, 1.0);
    histogram.add(5.0, 1.0);
    histogram.subtract(3.0, 1.0 - 0.5e-4);
    CHECK(histogram.weight(3) == 0.0);
    CHECK(histogram.min() == 5);
    CHECK(histogram.total() == 2.0 - (1.0 - 0.5e-4));
    histogram.subtract(5.0, 5.0);
    CHECK(histogram.is_empty());
    CHECK(histogram.total() == 0.0);
    CHECK(histogram.min() == 10);
    CHECK(histogram.max() == 0);
}

TEST_CASE("histogram: subtracting from what was never there narrows nothing") {
    const Buckets buckets = tens();
    Histogram histogram{buckets};
    histogram.add(3.0, 1.0);
    histogram.subtract(8.0, 0.25);
    CHECK(histogram.total() == 0.75);
    CHECK(histogram.min() == 3);
    CHECK(histogram.max() == 3);
}

TEST_CASE("histogram: merging adds the range of the other, not its leftovers") {
    const Buckets buckets = tens();
    Histogram into{buckets};
    into.add(1.0, 1.0);
    Histogram other{buckets};
    other.add(9.0, 0.5e-4);
    other.add(4.0, 2.0);
    into.merge(other);
    CHECK(into.weight(4) == 2.0);
    CHECK(into.weight(9) == 0.0);
    CHECK(into.total() == 1.0 + (0.5e-4 + 2.0));
    CHECK(into.min() == 1);
    CHECK(into.max() == 4);
    into.merge(Histogram{buckets});
    CHECK(into.min() == 1);
    CHECK(into.max() == 4);
}

TEST_CASE("histogram: the last bucket has no end") {
    const Buckets buckets = tens();
    Histogram histogram{buckets};
    histogram.add(99.0, 1.0);
    CHECK(histogram.percentile(0.5) == 10.0);
}

TEST_CASE("decaying: the reference is the nearest multiple of the half-life since year 1") {
    const struct {
        std::string name;
        Duration half_life;
        TimePoint sample;
        TimePoint reference;
    } rows[] = {{"before noon", 24h, midnight + 11h, midnight},
                {"noon goes up", 24h, midnight + 12h, midnight + 24h},
                {"7 h do not divide a day", 7h, midnight + 24h, midnight + 21h},
                {"48 h begin in year 1", 48h, midnight, midnight}};
    for (const auto& row : rows) {
        INFO(row.name);
        DecayingHistogram histogram{cpu_buckets(), row.half_life};
        CHECK(histogram.reference() == never);
        histogram.add(0.5, 0.1, row.sample);
        CHECK(to_string(histogram.reference()) == to_string(row.reference));
    }
}

TEST_CASE("decaying: a sample one half-life younger weighs twice as much") {
    DecayingHistogram histogram{cpu_buckets(), 24h};
    histogram.add(0.5, 0.1, midnight);
    histogram.add(5.0, 0.1, midnight + 24h);
    CHECK(histogram.weights().weight(cpu_buckets().find(0.5)) == 0.1);
    CHECK(histogram.weights().weight(cpu_buckets().find(5.0)) == 0.2);
}

TEST_CASE("decaying: after 100 half-lives, not sooner, all is referred to the present") {
    DecayingHistogram histogram{cpu_buckets(), 24h};
    histogram.add(0.5, 0.1, midnight);
    histogram.add(5.0, 0.1, midnight + 100 * 24h);
    CHECK(histogram.reference() == midnight);
    histogram.add(5.0, 0.1, midnight + 100 * 24h + 1ms);
    CHECK(histogram.reference() == midnight + 100 * 24h);
    CHECK(histogram.weights().min() == cpu_buckets().find(5.0));
}

TEST_CASE("decaying: merging brings the older one to the younger reference, the source too") {
    DecayingHistogram older{cpu_buckets(), 24h};
    older.add(0.5, 0.1, midnight);
    DecayingHistogram younger{cpu_buckets(), 24h};
    younger.add(0.5, 0.1, midnight + 24h);
    younger.merge(older);
    CHECK(older.reference() == midnight + 24h);
    CHECK(older.weights().total() == 0.05);
    CHECK(younger.weights().total() == 0.1 + 0.05);
}

TEST_CASE("decaying: another half-life keeps the ratios and what a sample of now weighs") {
    DecayingHistogram histogram{cpu_buckets(), 24h};
    histogram.add(0.5, 0.1, midnight);
    histogram.add(5.0, 0.1, midnight + 72h);
    histogram.change_half_life(6h, midnight + 72h);
    CHECK(histogram.reference() == midnight + 72h);
    const Histogram& weights = histogram.weights();
    CHECK(weights.weight(cpu_buckets().find(5.0)) == doctest::Approx(0.1));
    CHECK(weights.weight(cpu_buckets().find(0.5)) == doctest::Approx(0.1 / 8));
    histogram.add(0.5, 0.1, midnight + 78h);
    CHECK(weights.weight(cpu_buckets().find(0.5)) == doctest::Approx(0.1 / 8 + 0.2));
}

// ---- properties of generated histograms ----

DecayingHistogram generated(std::mt19937& random) {
    DecayingHistogram histogram{cpu_buckets(), 24h};
    std::lognormal_distribution<double> cores{-1.0, 1.5};
    std::uniform_int_distribution<int> minutes{0, 20 * 1440};
    const int samples = std::uniform_int_distribution<int>{0, 200}(random);
    for (int i = 0; i < samples; ++i) {
        histogram.add(cores(random), 0.1, midnight + std::chrono::minutes{minutes(random)});
    }
    return histogram;
}

TEST_CASE("property: a higher percentile is never a smaller amount") {
    std::mt19937 random{3};
    for (int i = 0; i < 200; ++i) {
        const DecayingHistogram histogram = generated(random);
        double before = 0.0;
        for (int p = -1; p <= 11; ++p) {
            const double now = histogram.percentile(p / 10.0);
            CHECK(now >= before);
            before = now;
        }
    }
}

TEST_CASE("property: subtracting what was added leaves what was, within epsilon") {
    std::mt19937 random{4};
    for (int i = 0; i < 200; ++i) {
        const DecayingHistogram before = generated(random);
        DecayingHistogram after = before;
        after.add(0.7, 0.1, midnight + 30 * 24h);
        after.subtract(0.7, 0.1, midnight + 30 * 24h);
        const double rounding = 1e-15 * 0.1 * std::exp2(31);
        for (std::size_t bucket = 0; bucket < cpu_buckets().count(); ++bucket) {
            const double change = after.weights().weight(bucket) - before.weights().weight(bucket);
            CHECK(std::abs(change) <= 1e-4 + rounding);
        }
    }
}

TEST_CASE("property: the order of merging changes no more than the last bits") {
    std::mt19937 random{5};
    for (int i = 0; i < 200; ++i) {
        DecayingHistogram a = generated(random);
        DecayingHistogram b = generated(random);
        DecayingHistogram a_then_b = a;
        DecayingHistogram b_then_a = b;
        a_then_b.merge(b);
        b_then_a.merge(a);
        CHECK(a_then_b.weights().total() == doctest::Approx(b_then_a.weights().total()));
        CHECK(a_then_b.weights().min() == b_then_a.weights().min());
        CHECK(a_then_b.percentile(0.42) == b_then_a.percentile(0.42));
    }
}

TEST_CASE("property: a percentile is that of adding one weight after the other") {
    std::mt19937 random{6};
    for (int i = 0; i < 500; ++i) {
        const DecayingHistogram histogram = generated(random);
        const Histogram& weights = histogram.weights();
        if (weights.is_empty()) {
            continue;
        }
        std::vector<double> in_range;
        for (std::size_t bucket = weights.min(); bucket < weights.max(); ++bucket) {
            in_range.push_back(weights.weight(bucket));
        }
        for (const double p : {0.0, 0.05, 0.5, 0.9, 0.95, 1.0}) {
            const std::size_t bucket =
                weights.min() + crossing_in_order(in_range, p * weights.total());
            CHECK(histogram.percentile(p) == cpu_buckets().end(bucket));
        }
    }
}

}  // namespace
