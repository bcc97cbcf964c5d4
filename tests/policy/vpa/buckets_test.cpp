// Buckets: the table finds what the formula finds, for every double that was tried.
#include "policy/vpa/buckets.h"

#include <cmath>
#include <limits>
#include <random>
#include <string>

#include <doctest/doctest.h>

namespace {

using namespace tided::policy::vpa;

constexpr double infinity = std::numeric_limits<double>::infinity();
#ifdef NDEBUG
constexpr int many = 2'000'000;
#else
constexpr int many = 50'000;
#endif

/// Upstream's formula for 176 buckets of 5 %.
std::size_t by_formula(double value, double first) {
    if (value < first) {
        return 0;
    }
    const double number = std::log(value * (1.05 - 1.0) / first + 1.0) / std::log(1.05);
    return number >= 176.0 ? 175 : static_cast<std::size_t>(number);
}

/// The smallest double that falls into `bucket`, by halving real numbers.
double edge_of(std::size_t bucket, double first) {
    double below = 0.0;
    double above = first * 1e6;
    for (double middle = above / 2; below < middle && middle < above;
         middle = below + (above - below) / 2) {
        (by_formula(middle, first) >= bucket ? above : below) = middle;
    }
    return above;
}

struct Scheme {
    std::string name;
    const Buckets* buckets;
    double first;
};
const Scheme schemes[] = {{"cpu", &cpu_buckets(), 0.01}, {"memory", &memory_buckets(), 1e7}};

TEST_CASE("buckets: both schemes have 176, the last one starts above the largest amount") {
    for (const Scheme& scheme : schemes) {
        INFO(scheme.name);
        CHECK(scheme.buckets->count() == 176);
        CHECK(scheme.buckets->start(0) == 0.0);
        CHECK(scheme.buckets->start(175) >= scheme.first * 1e5);
        CHECK(scheme.buckets->start(174) < scheme.first * 1e5);
        CHECK(scheme.buckets->epsilon() == 0.001 * 0.1);
        CHECK(scheme.buckets->end(174) == scheme.buckets->start(175));
        CHECK(scheme.buckets->end(175) == scheme.buckets->start(175));
    }
}

TEST_CASE("buckets: starts are upstream's to the last bit") {
    CHECK(memory_buckets().start(4) == 43101249.99999996);
    CHECK(memory_buckets().start(8) == 95491088.75781243);
    CHECK(memory_buckets().start(175) == 1021109408904.86);
}

TEST_CASE("buckets: the doubles about an edge fall where the formula says") {
    for (const Scheme& scheme : schemes) {
        INFO(scheme.name);
        std::size_t wrong = 0;
        for (std::size_t bucket = 1; bucket < 176; ++bucket) {
            double value = edge_of(bucket, scheme.first);
            for (int i = 0; i < 4; ++i) {
                value = std::nextafter(value, 0.0);
            }
            for (int i = 0; i < 8; ++i) {
                wrong += scheme.buckets->find(value) == by_formula(value, scheme.first) ? 0U : 1U;
                value = std::nextafter(value, infinity);
            }
        }
        CHECK(wrong == 0);
    }
}

TEST_CASE("buckets: millions of values fall where the formula says") {
    std::mt19937_64 random{1};
    std::uniform_real_distribution<double> octave{-12.0, 22.0};
    std::size_t wrong = 0;
    for (int i = 0; i < many; ++i) {
        const double value = 0.01 * std::exp2(octave(random));
        wrong += cpu_buckets().find(value) == by_formula(value, 0.01) ? 0U : 1U;
        wrong += memory_buckets().find(value * 1e9) == by_formula(value * 1e9, 1e7) ? 0U : 1U;
    }
    CHECK(wrong == 0);
}

TEST_CASE("buckets: every whole millicore falls where the formula says") {
    std::size_t wrong = 0;
    for (int i = 0; i < many; ++i) {
        const double cores = static_cast<double>(i) / 1000.0;
        wrong += cpu_buckets().find(cores) == by_formula(cores, 0.01) ? 0U : 1U;
    }
    CHECK(wrong == 0);
}

TEST_CASE("buckets: what is no amount has a bucket all the same") {
    const struct {
        std::string name;
        double value;
        std::size_t bucket;
    } rows[] = {{"NaN", std::numeric_limits<double>::quiet_NaN(), 0},
                {"negative", -1.0, 0},
                {"minus infinity", -infinity, 0},
                {"minus zero", -0.0, 0},
                {"smallest", std::numeric_limits<double>::denorm_min(), 0},
                {"infinity", infinity, 175},
                {"largest", std::numeric_limits<double>::max(), 175}};
    for (const auto& row : rows) {
        INFO(row.name);
        CHECK(cpu_buckets().find(row.value) == row.bucket);
        CHECK(memory_buckets().find(row.value) == row.bucket);
    }
}

TEST_CASE("buckets: linear ones are as wide as they are told") {
    const Buckets buckets{Buckets::Linear{.max = 1000.0, .size = 0.3, .epsilon = 1e-3}};
    CHECK(buckets.count() == 3335);
    std::size_t wrong = 0;
    for (int i = 0; i < 20'000; ++i) {
        const double value = static_cast<double>(i) * 0.05;
        wrong += buckets.find(value) == static_cast<std::size_t>(value / 0.3) ? 0U : 1U;
    }
    CHECK(wrong == 0);
    CHECK(buckets.find(1e9) == 3334);
}

TEST_CASE("buckets: few and many buckets an octave are found alike") {
    for (const double ratio : {1.001, 1.01, 1.5, 4.0}) {
        INFO(ratio);
        const Buckets buckets{
            Buckets::Exponential{.max = 100.0, .first = 0.5, .ratio = ratio, .epsilon = 1e-4}};
        std::size_t wrong = 0;
        for (int i = 0; i < 3000; ++i) {
            const double value = static_cast<double>(i) * 0.05;
            const double number = std::log(value * (ratio - 1.0) / 0.5 + 1.0) / std::log(ratio);
            const std::size_t bucket =
                value < 0.5 ? 0 : std::min(buckets.count() - 1, static_cast<std::size_t>(number));
            wrong += buckets.find(value) == bucket ? 0U : 1U;
        }
        CHECK(wrong == 0);
    }
}

}  // namespace
