#include "policy/joint/memory.h"

#include <array>

#include <doctest/doctest.h>

#include "tests/policy/joint/joint_rig.h"

using namespace tided;
using namespace tided::policy::joint;

TEST_CASE("memory: a line through samples is raised until it covers them all") {
    const std::array<MemorySample, 3> exact{{{{1.0}, {300}}, {{2.0}, {400}}, {{3.0}, {500}}}};
    CHECK(fitted(exact) == MemoryModel{.fixed = {200}, .per_core = {100}});

    const std::array<MemorySample, 4> scattered{
        {{{1.0}, {300}}, {{1.0}, {340}}, {{2.0}, {400}}, {{2.0}, {440}}}};
    CHECK(fitted(scattered) == MemoryModel{.fixed = {240}, .per_core = {100}});
}

TEST_CASE("memory: what does not grow with load is fixed") {
    CHECK(fitted({}) == MemoryModel{});
    const std::array<MemorySample, 2> one_load{{{{1.5}, {300}}, {{1.5}, {340}}}};
    CHECK(fitted(one_load) == MemoryModel{.fixed = {340}});
    const std::array<MemorySample, 2> falling{{{{1.0}, {400}}, {{2.0}, {300}}}};
    CHECK(fitted(falling) == MemoryModel{.fixed = {400}});
}

TEST_CASE("memory: the tail is a staircase that errs upward") {
    const std::array<TailPoint, 3> points{{{{100}, 0.5}, {{200}, 0.1}, {{300}, 0.0}}};
    const MemoryTail tail{.points = points, .load = {1.0}};
    CHECK(risk(tail, {99}, {1.0}, {}) == 1.0);
    CHECK(risk(tail, {100}, {1.0}, {}) == 0.5);
    CHECK(risk(tail, {299}, {1.0}, {}) == 0.1);
    CHECK(risk(tail, {300}, {1.0}, {}) == 0.0);
    CHECK(risk({}, {1}, {1.0}, {}) == 0.0);
}

TEST_CASE("memory: the tail moves with the load when memory does") {
    const std::array<TailPoint, 2> points{{{{100}, 0.5}, {{200}, 0.1}}};
    const MemoryTail tail{.points = points, .load = {1.0}};
    const MemoryModel grows{.per_core = {50}};
    CHECK(risk(tail, {200}, {2.0}, grows) == 0.5);
    CHECK(risk(tail, {250}, {2.0}, grows) == 0.1);
    CHECK(risk(tail, {150}, {0.0}, grows) == 0.1);
}

TEST_CASE("memory: a killed replica needs a fifth or 100 MiB more, as VPA has it") {
    CHECK(bumped({0}) == 100 * mib);
    CHECK(bumped(400 * mib) == 500 * mib);
    CHECK(bumped(1000 * mib) == 1200 * mib);
    CHECK(bumped({INT64_MAX}) == Bytes{INT64_MAX});
}
