// Steps: which band a value is in, and that a step grows with its band but is not taken twice.
#include "policy/steps.h"

#include <array>

#include <doctest/doctest.h>

#include "tests/support/policy_words.h"
#include "tests/support/strategy_rig.h"

using namespace tided;
using namespace tided::policy;
using namespace std::chrono_literals;

namespace {

const Steps busy{.bands = {{.to = 20.0, .change = {ChangeBy::replicas, -1}},
                           {.from = 70.0, .to = 85.0, .change = {ChangeBy::replicas, 1}},
                           {.from = 85.0, .change = {ChangeBy::percent, 50}}}};

}  // namespace

TEST_CASE("steps: a band has its lower end, not its upper one; between bands the count stays") {
    struct Row {
        double value;
        std::int32_t count;
    };
    const std::array<Row, 8> rows{{{-1e9, 9},
                                   {19.999, 9},
                                   {20.0, 10},
                                   {69.999, 10},
                                   {70.0, 11},
                                   {84.999, 11},
                                   {85.0, 15},
                                   {1e9, 15}}};
    for (const Row& row : rows) {
        INFO(row.value);
        CHECK(StrategyRig{busy, 10}.count(row.value) == row.count);
    }
    CHECK(StrategyRig{busy, 10}.ask(50.0)->within_tolerance);
    CHECK(StrategyRig{busy, 0}.count(0.0) == 0);
}

TEST_CASE("steps: an exact count goes both ways") {
    const Steps exact{.bands = {{.from = 1.0, .to = 2.0, .change = {ChangeBy::exact, 5}}}};
    CHECK(StrategyRig{exact, 3}.count(1.0) == 5);
    CHECK(StrategyRig{exact, 9}.count(1.0) == 5);
    CHECK(StrategyRig{exact, 9}.count(2.0) == 9);
}

TEST_CASE("steps: a worse band within the cool-down adds what is missing, a milder one nothing") {
    PolicyRig rig = rig_of("busy", busy, 10);
    CHECK(rig.tick({75.0}, 5s).desired == Replicas{11});
    CHECK(rig.tick({75.0}, 5s).desired == Replicas{11});
    CHECK(rig.tick({90.0}, 5s).desired == Replicas{15});
    CHECK(rig.tick({90.0}, 5s).desired == Replicas{15});
    CHECK(rig.tick({75.0}, 45s).desired == Replicas{15});
    CHECK(rig.tick({75.0}, 5s).desired == Replicas{15});
    CHECK(rig.tick({75.0}, 5s).desired == Replicas{16});
}

TEST_CASE("steps: ramp down by one a cool-down; a gap in the data holds") {
    PolicyRig rig = rig_of("busy", busy, 4);
    for (int second = 0; second < 120; second += 5) {
        INFO("after " << second << " s");
        CHECK(rig.tick({10.0}, 5s).desired == Replicas{3 - second / 60});
    }
    CHECK(rig.decide({Reading::absent(Absence::source_failed)}).desired == Replicas{2});
}

TEST_CASE("steps: in words") {
    PolicyRig rig = rig_of("busy", busy, 10);
    CHECK(rig.explain(rig.decide({fresh(75.0)})) ==
          "web: 10 -> 11 because busy is 75 (70 to 85: 1 more)");
    CHECK(rig.explain(rig.decide({fresh(90.0)})) ==
          "web: 10 -> 15 because busy is 90 (85 or more: 50% more)");
    CHECK(rig.explain(rig.decide({fresh(10.0)})) ==
          "web: 10 -> 9 because busy is 10 (less than 20: 1 fewer)");
    CHECK(rig.explain(rig.decide({fresh(50.0)})) ==
          "web: stays at 10 because busy is 50 (in no band)");
}
