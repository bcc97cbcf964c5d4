// decide: whole passes over one policy, tick by tick: steady, ramps, noise, gaps, bounds, zero.
#include "policy/decide.h"

#include <limits>

#include <doctest/doctest.h>

#include "tests/support/policy_rig.h"
#include "tests/support/policy_words.h"

using namespace tided;
using namespace tided::policy;
using namespace std::chrono_literals;

namespace {

Reading fresh(double value) {
    return Reading::of(value, 0s, 30s);
}

/// Two metrics: rps at 100 each, queue at 10 each.
PolicySpec two_metrics() {
    PolicySpec spec = web_policy();
    spec.metrics.push_back(
        {.name = "queue", .rule = Target{.kind = TargetKind::average_value, .amount = 10.0}});
    return spec;
}

}  // namespace

TEST_CASE("decide: steady load moves nothing") {
    PolicyRig rig{web_policy(), 4};
    for (int i = 0; i < 100; ++i) {
        const Decision decision = rig.tick({400.0});
        CHECK(decision.desired == Replicas{4});
        CHECK(decision.direction() == Direction::hold);
    }
    CHECK(rig.state.recommendations.size() == 1);
}

TEST_CASE("decide: a ramp up is followed at once within the rates") {
    PolicyRig rig{web_policy(), 4};
    CHECK(rig.tick({1'000.0}).desired == Replicas{8});  // +4 or +100 % per 15 s
    CHECK(rig.tick({3'000.0}).desired == Replicas{16});
    CHECK(rig.tick({3'000.0}).desired == Replicas{30});
    CHECK(rig.tick({20'000.0}).desired == Replicas{60});
    CHECK(rig.tick({20'000.0}).desired == Replicas{100});  // max
}

TEST_CASE("decide: a ramp down waits until the window has passed") {
    PolicyRig rig{web_policy(), 10};
    rig.tick({1'000.0});
    for (int i = 1; i < 20; ++i) {
        INFO(i);
        CHECK(rig.tick({300.0}).desired == Replicas{10});
    }
    CHECK(rig.tick({300.0}).desired == Replicas{3});
}

TEST_CASE("decide: noise within the tolerance moves nothing, a drop shorter than the window too") {
    PolicyRig rig{web_policy(), 10};
    for (int i = 0; i < 60; ++i) {
        const double noise = i % 2 == 0 ? 1'095.0 : 905.0;
        const double load = i % 10 == 9 ? 200.0 : noise;
        CHECK(rig.tick({load}).desired == Replicas{10});
    }
}

TEST_CASE("decide: a gap in the data holds, whatever the last values were") {
    PolicyRig rig{web_policy(), 10};
    rig.spec.behavior.down.stabilization = 0s;
    rig.tick({1'000.0});
    const PolicyState before = rig.state;
    for (const Absence why : {Absence::never_seen, Absence::source_failed, Absence::no_series}) {
        rig.now += 15s;
        CHECK(rig.decide({Reading::absent(why)}).desired == Replicas{10});
    }
    CHECK(rig.decide({Reading::of(100.0, 31s, 30s)}).desired == Replicas{10});
    CHECK(rig.decide({Reading::of(9'000.0, 31s, 30s)}).desired == Replicas{10});
    CHECK(rig.state == before);
    CHECK(rig.tick({500.0}).desired == Replicas{5});
}

TEST_CASE("decide: a value that is no finite number counts as absent") {
    PolicyRig rig{web_policy(), 10};
    rig.spec.behavior.down.stabilization = 0s;
    for (const double value : {std::numeric_limits<double>::quiet_NaN(),
                               std::numeric_limits<double>::infinity(),
                               -std::numeric_limits<double>::infinity()}) {
        const Decision decision = rig.decide({fresh(value)});
        CHECK(decision.desired == Replicas{10});
        CHECK(decision.reasons.links()[0] == Reason{.code = ReasonCode::metric_absent,
                                                    .absence = Absence::not_a_number,
                                                    .from = {10},
                                                    .to = {10}});
    }
}

TEST_CASE("decide: bounds hold without any signal, past windows and rates") {
    PolicyRig rig{web_policy(), 1};
    rig.spec.min = {20};
    rig.spec.behavior.up.select = Select::disabled;
    const Decision up = rig.decide({Reading::absent(Absence::source_failed)});
    CHECK(up.desired == Replicas{20});
    CHECK(up.wished == std::nullopt);
    rig.spec.min = {1};
    rig.spec.max = {5};
    rig.observed = all_ready(9);
    rig.spec.behavior.down.select = Select::disabled;
    CHECK(rig.decide({Reading::absent(Absence::source_failed)}).desired == Replicas{5});
}

TEST_CASE("decide: where a rate and a bound stop at the same number, the bound is the reason") {
    PolicyRig rig{web_policy(), 10};
    rig.spec.min = {6};
    rig.spec.max = {14};
    rig.spec.behavior.up.rates = {{RateKind::pods, 4, 15s}};
    rig.spec.behavior.down = {.rates = {{RateKind::pods, 4, 15s}}};
    CHECK(rig.decide({fresh(9'000.0)}).reasons.links()[1] ==
          Reason{.code = ReasonCode::above_max, .from = {90}, .to = {14}});
    CHECK(rig.decide({fresh(0.0)}).reasons.links()[1] ==
          Reason{.code = ReasonCode::below_min, .from = {0}, .to = {6}});
}

TEST_CASE("decide: a pool found at zero with a minimum goes to the minimum") {
    PolicyRig rig{web_policy(), 0};
    rig.spec.min = {2};
    const Decision decision = rig.decide({fresh(0.0)});
    CHECK(decision.desired == Replicas{2});
    CHECK(decision.reasons.links().size() == 1);
    CHECK(decision.reasons.links()[0] ==
          Reason{.code = ReasonCode::below_min, .from = {0}, .to = {2}});
}

TEST_CASE("decide: with min 0 an idle pool goes to zero and wakes at the first load") {
    PolicyRig rig{web_policy(), 3};
    rig.spec.min = {0};
    rig.spec.behavior.down.stabilization = 60s;
    for (int i = 0; i < 4; ++i) {
        CHECK(rig.tick({0.0}).desired == Replicas{3});
    }
    CHECK(rig.tick({0.0}).desired == Replicas{0});
    CHECK(rig.tick({0.0}).desired == Replicas{0});
    CHECK(rig.tick({1.0}).desired == Replicas{1});
}

TEST_CASE("decide: percent alone can wake a pool from zero") {
    PolicyRig rig{web_policy(), 0};
    rig.spec.min = {0};
    rig.spec.behavior.up.rates = {{RateKind::percent, 100, 15s}};
    CHECK(rig.tick({900.0}).desired == Replicas{1});
    CHECK(rig.tick({900.0}).desired == Replicas{2});
    CHECK(rig.tick({900.0}).desired == Replicas{4});
}

TEST_CASE("decide: several metrics, the largest proposal wins in any order") {
    PolicyRig rig{two_metrics(), 4};
    CHECK(rig.decide({fresh(500.0), fresh(70.0)}).wished == Replicas{7});
    CHECK(rig.decide({fresh(700.0), fresh(50.0)}).wished == Replicas{7});
}

TEST_CASE("decide: a metric without a usable reading never permits scaling down") {
    PolicyRig rig{two_metrics(), 4};
    rig.spec.behavior.down.stabilization = 0s;
    const Reading missing = Reading::absent(Absence::no_series);
    const Reading stale = Reading::of(5.0, 45s, 30s);

    CHECK(rig.decide({fresh(100.0), missing}).desired == Replicas{4});
    CHECK(rig.decide({missing, fresh(10.0)}).desired == Replicas{4});
    CHECK(rig.decide({fresh(100.0), stale}).desired == Replicas{4});
    CHECK(rig.decide({fresh(100.0), fresh(10.0)}).desired == Replicas{1});
    // Scaling up on what is left is allowed, and a stale value lifts nothing.
    CHECK(rig.decide({fresh(600.0), missing}).desired == Replicas{6});
    CHECK(rig.decide({Reading::of(900.0, 45s, 30s), fresh(60.0)}).desired == Replicas{6});
}

TEST_CASE("decide: without an observation there is no step and nothing is noted") {
    PolicyRig rig{web_policy(), 4};
    const std::vector<Reading> readings{fresh(900.0)};
    const Decision decision =
        decide(rig.spec, {.now = rig.now, .observed = nullptr, .readings = readings}, rig.state);
    CHECK_FALSE(decision.observation_known);
    CHECK(decision.direction() == Direction::hold);
    CHECK(decision.reasons.links().size() == 1);
    CHECK(decision.reasons.links()[0] == Reason{.code = ReasonCode::observation_unknown});
    CHECK(rig.state == PolicyState{});
}

TEST_CASE("decide: a policy without metrics holds within its bounds") {
    PolicyRig rig{{.name = "web", .min = {2}, .max = {8}}, 4};
    CHECK(rig.decide({}).desired == Replicas{4});
    rig.observed = all_ready(1);
    CHECK(rig.decide({}).desired == Replicas{2});
}

TEST_CASE("decide: value multiplies what is ready; with none ready it says nothing") {
    PolicySpec spec = web_policy();
    spec.metrics[0].rule = Target{.kind = TargetKind::value, .amount = 0.2};
    spec.behavior.down.stabilization = 0s;
    PolicyRig rig{spec, 6};
    rig.observed.ready = {4};
    CHECK(rig.decide({fresh(0.5)}).desired == Replicas{10});
    rig.observed.ready = {0};
    const Decision decision = rig.decide({fresh(0.5)});
    CHECK(decision.desired == Replicas{6});
    CHECK(decision.reasons.links()[0].code == ReasonCode::not_judged);
    CHECK(decision.reasons.links()[1].code == ReasonCode::no_usable_metric);
}

TEST_CASE("decide: more metrics than links keep the winner and say that some are left out") {
    PolicySpec spec = web_policy();
    spec.metrics.assign(40, spec.metrics[0]);
    PolicyRig rig{spec, 4};
    std::vector<Reading> readings(40, fresh(100.0));
    readings[30] = fresh(5'000.0);
    const Decision decision = rig.decide(readings);
    CHECK(decision.reasons.overflowed());
    CHECK(decision.wished == Replicas{50});
    CHECK(decision.desired == Replicas{8});
    const auto links = decision.reasons.links();
    CHECK(links.size() == 18);
    CHECK(links[16].metric == 30);
    CHECK(links[17].code == ReasonCode::scale_up_limit);
}

TEST_CASE("rebase: after a jump of the clock history keeps its age") {
    PolicyRig rig{web_policy(), 10};
    rig.tick({1'000.0});
    rig.state.ups = {{.change = 2, .at = rig.now}};
    rig.state.downs = {{.change = 1, .at = rig.now - 1s}};
    PolicyState moved = rig.state;
    rebase(moved, 1h);
    CHECK(moved.recommendations[0].at == rig.state.recommendations[0].at + 1h);
    CHECK(moved.ups[0].at == rig.now + 1h);
    CHECK(moved.downs[0].at == rig.now - 1s + 1h);
    rebase(moved, -1h);
    CHECK(moved == rig.state);
}

TEST_CASE("resume: a history older than every window is seeded anew, a younger one is kept") {
    PolicyRig rig{web_policy(), 10};
    rig.tick({1'000.0});
    PolicyRig later = rig;
    later.now += 200s;
    resume(later.spec, later.state, later.now);
    CHECK(later.state == rig.state);

    later.now = rig.state.recommendations[0].at + 5min;
    resume(later.spec, later.state, later.now);
    CHECK(later.state.recommendations.empty());
    CHECK(later.tick({300.0}).desired == Replicas{10});
}

TEST_CASE(
    "decide: the first reading after a gap longer than the window lets nothing go by itself") {
    enum class Gap : std::uint8_t { no_reading, no_observation, above_max };
    for (const Gap gap : {Gap::no_reading, Gap::no_observation, Gap::above_max}) {
        INFO("gap " << static_cast<int>(gap));
        PolicyRig rig{web_policy(), 20};
        rig.tick({2'000.0});
        for (int i = 0; i < 40; ++i) {
            const Observed observed = all_ready(gap == Gap::above_max ? 150 : 20);
            const std::vector<Reading> readings{
                gap == Gap::no_reading ? Reading::absent(Absence::source_failed) : fresh(100.0)};
            static_cast<void>(decide(rig.spec,
                                     {.now = rig.now,
                                      .observed = gap == Gap::no_observation ? nullptr : &observed,
                                      .readings = readings},
                                     rig.state));
            rig.now += 15s;
        }
        CHECK(rig.explain(rig.tick({100.0}, 4min + 45s)) ==
              "web: stays at 20 because the highest proposal of the last 5m is 20 (scale_down "
              "stabilization); 1 was proposed because rps is 100 (target 100 each)");
        CHECK(rig.tick({100.0}).desired == Replicas{20});
        CHECK(rig.tick({100.0}).desired == Replicas{1});
    }
}

TEST_CASE("decide: readings farther apart than the window are no gap") {
    PolicyRig rig{web_policy(), 20};
    CHECK(rig.tick({2'000.0}, 10min).desired == Replicas{20});
    CHECK(rig.tick({100.0}, 10min).desired == Replicas{1});
}

TEST_CASE(
    "decide: of many metrics the winner, the window, the limit and what undo says have room") {
    PolicySpec spec = web_policy();
    spec.metrics.assign(40, spec.metrics[0]);
    spec.behavior.up.stabilization = 1min;
    spec.guards.undo = UndoRule{};
    PolicyRig rig{spec, 4};
    rig.state.recommendations = {{.replicas = {20}, .at = rig.now - 30s}};
    rig.state.undo = UndoWatch{.from = {4}, .level = 1.0, .begun = rig.now, .undone_at = rig.now};
    std::vector<Reading> readings(40, fresh(100.0));
    readings[30] = fresh(5'000.0);
    const Decision decision = rig.decide(readings);
    const auto links = decision.reasons.links();
    CHECK(links.size() == ReasonChain::capacity);
    CHECK(links[16].metric == 30);
    CHECK(links[17].code == ReasonCode::stabilized_up);
    CHECK(links[18].code == ReasonCode::scale_up_limit);
    CHECK(links[19].code == ReasonCode::undo_holds);
}
