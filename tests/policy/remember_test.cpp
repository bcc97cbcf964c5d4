// What a state keeps when the policy file is another one than the one that it was made by.
#include <doctest/doctest.h>

#include "policy/decide.h"
#include "tests/support/policy_rig.h"

using namespace tided;
using namespace tided::policy;
using namespace std::chrono_literals;

namespace {

MetricSpec metric(std::string name, Rule rule = Target{}) {
    return {.name = std::move(name), .rule = std::move(rule)};
}

PolicySpec with_metrics(std::vector<MetricSpec> metrics) {
    PolicySpec spec = web_policy();
    spec.metrics = std::move(metrics);
    return spec;
}

const TimePoint now = from_unix_seconds(1'763'798'400);

}  // namespace

TEST_CASE("take over: a silence goes with its metric to another place") {
    const PolicySpec former = with_metrics({metric("rps"), metric("queue"), metric("gone")});
    const PolicySpec next = with_metrics({metric("new"), metric("queue"), metric("rps")});
    PolicyState state{.silent_since = {now - 1min, std::nullopt, now - 2min}};
    take_over(former, next, state);
    CHECK(state.silent_since ==
          std::vector<std::optional<TimePoint>>{std::nullopt, std::nullopt, now - 1min});
}

TEST_CASE("take over: another metric of undo is not compared with the level of the former") {
    PolicySpec former = with_metrics({metric("latency"), metric("errors")});
    former.guards.undo = UndoRule{.metric = 0};
    const PolicyState before{
        .undo = UndoWatch{.metric = "latency", .from = {4}, .level = 0.2, .begun = now},
        .last_level = 0.3};
    PolicySpec moved = with_metrics({metric("errors"), metric("latency")});
    moved.guards.undo = UndoRule{.metric = 1};
    PolicyState state = before;
    take_over(former, moved, state);
    CHECK(state.undo == before.undo);
    moved.guards.undo = UndoRule{.metric = 0};
    take_over(former, moved, state);
    CHECK_FALSE(state.undo.has_value());
    CHECK_FALSE(state.last_level.has_value());
    state = before;
    moved.guards.undo.reset();
    resume(moved, state, now);
    CHECK_FALSE(state.undo.has_value());
}

TEST_CASE("resume: an undo of an earlier version, which has no name, is that of its rule") {
    PolicySpec spec = with_metrics({metric("latency")});
    spec.guards.undo = UndoRule{};
    PolicyState state{.undo = UndoWatch{.from = {4}, .level = 0.2, .begun = now}};
    resume(spec, state, now);
    CHECK(state.undo.has_value());
}

TEST_CASE("take over: what was learned for metrics that are gone or ruled otherwise is forgotten") {
    const PolicySpec former =
        with_metrics({metric("p99", Latency{.load = 1}), metric("rps", Capacity{}), metric("cpu")});
    const PolicyState before{.curves = {{.metric = "p99", .load = "rps"}, {.metric = "old"}},
                             .loads = {{.metric = "rps"}, {.metric = "cpu"}}};
    PolicyState state = before;
    take_over(former, former, state);
    CHECK(state.curves == std::vector<LearnedCurve>{before.curves[0]});
    CHECK(state.loads == std::vector<LearnedLoad>{before.loads[0]});
    const PolicySpec other_load =
        with_metrics({metric("p99", Latency{.load = 2}), metric("rps"), metric("cpu", Capacity{})});
    take_over(former, other_load, state);
    CHECK(state.curves.empty());
    CHECK(state.loads.empty());
    state = {.curves = {{.metric = "p99"}}};  // of a version that did not note the load
    take_over(former, other_load, state);
    CHECK(state.curves.size() == 1);
}

TEST_CASE("latency: a curve that is learned notes its load") {
    PolicySpec spec = with_metrics({metric("p99", Latency{.load = 1}), metric("rps", Input{})});
    PolicyRig rig{spec, 4};
    rig.tick({0.5, 400.0});
    REQUIRE(rig.state.curves.size() == 1);
    CHECK(rig.state.curves[0].load == "rps");
}
