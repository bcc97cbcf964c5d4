// What a change is counted from while earlier changes are under way.
#include "policy/adjustment.h"

#include <doctest/doctest.h>

#include "tests/support/strategy_rig.h"

using namespace tided;
using namespace tided::policy;
using namespace std::chrono_literals;

namespace {

constexpr Duration cooldown = 1min;

/// A pool that the given steps have brought to `count`.
Adjusted adjusted_after(std::int32_t count,
                        const std::vector<ScaleEvent>& ups,
                        const std::vector<ScaleEvent>& downs,
                        std::int32_t amount) {
    StrategyRig rig{Threshold{.cooldown = cooldown}, count};
    rig.state.ups = ups;
    rig.state.downs = downs;
    for (std::vector<ScaleEvent>* events : {&rig.state.ups, &rig.state.downs}) {
        for (ScaleEvent& event : *events) {
            event.at += rig.now - TimePoint{};  // rows tell ages
        }
    }
    return adjusted({.metric = rig.metric,
                     .value = 1.0,
                     .observed = rig.observed,
                     .state = rig.state,
                     .readings = rig.readings,
                     .now = rig.now},
                    {.amount = amount},
                    cooldown);
}

ScaleEvent changed(std::int32_t by, Duration age) {
    return {.change = by, .at = TimePoint{} - age};
}

}  // namespace

TEST_CASE("adjustment: what was added and is gone again does not stand for the next addition") {
    CHECK(adjusted_after(10, {changed(5, 40s)}, {changed(5, 20s)}, 5).replicas == Replicas{15});
    CHECK(adjusted_after(12, {changed(5, 40s)}, {changed(3, 20s)}, 5).replicas == Replicas{15});
    CHECK(adjusted_after(5, {changed(5, 40s)}, {changed(10, 20s)}, 5).replicas == Replicas{10});
}

TEST_CASE("adjustment: what was removed and is back again does not stand for the next removal") {
    CHECK(adjusted_after(10, {changed(5, 20s)}, {changed(5, 40s)}, -5).replicas == Replicas{5});
    CHECK(adjusted_after(8, {changed(3, 20s)}, {changed(5, 40s)}, -5).replicas == Replicas{5});
}

TEST_CASE("adjustment: what was added after a removal is under way all the same") {
    CHECK(adjusted_after(10, {changed(5, 20s)}, {changed(5, 40s)}, 5).replicas == Replicas{10});
    CHECK(adjusted_after(10, {changed(5, 40s)}, {changed(5, 20s)}, -5).replicas == Replicas{10});
}

TEST_CASE("adjustment: removals older than the cool-down take nothing back") {
    CHECK(adjusted_after(9, {changed(5, 50s)}, {changed(5, 61s)}, 5).replicas == Replicas{9});
    CHECK(adjusted_after(9, {changed(5, 60s)}, {changed(5, 50s)}, 5).replicas == Replicas{14});
}
