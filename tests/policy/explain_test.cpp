// explain: every kind of decision as its whole line and its whole chain of sentences.
#include "policy/explain.h"

#include <doctest/doctest.h>

#include "tests/support/policy_rig.h"
#include "tests/support/policy_words.h"

using namespace tided;
using namespace tided::policy;
using namespace std::chrono_literals;

namespace {

using Sentences = std::vector<std::string>;

Reading fresh(double value) {
    return Reading::of(value, 0s, 30s);
}

PolicyRig web(std::int32_t replicas) {
    return PolicyRig{web_policy(), replicas};
}

PolicyRig web_with_queue(std::int32_t replicas) {
    PolicyRig rig = web(replicas);
    rig.spec.metrics.push_back(
        {.name = "queue", .rule = Target{.kind = TargetKind::value, .amount = 10.0}});
    rig.spec.behavior.down.stabilization = 0s;
    return rig;
}

}  // namespace

TEST_CASE("explain: a step up, alone and limited by a rate") {
    PolicyRig rig = web(4);
    Decision decision = rig.decide({fresh(712.0)});
    CHECK(rig.explain(decision) == "web: 4 -> 8 because rps is 712 (target 100 each)");
    CHECK(reasons(decision, rig.spec) == Sentences{"rps is 712 (target 100 each) and proposes 8"});

    decision = rig.decide({fresh(870.5)});
    CHECK(rig.explain(decision) ==
          "web: 4 -> 8 because rps is 870.5 (target 100 each); not 9 because scale_up allows "
          "+4 per 15s");
    CHECK(reasons(decision, rig.spec) == Sentences{"rps is 870.5 (target 100 each) and proposes 9",
                                                   "scale_up allows +4 per 15s: 8 instead of 9"});
}

TEST_CASE("explain: a rate that counts from an earlier number says so") {
    PolicyRig rig = web(10);
    rig.spec.behavior.up.rates = {{RateKind::percent, 100, 1min}};
    CHECK(rig.explain(rig.tick({1'700.0})) ==
          "web: 10 -> 17 because rps is 1700 (target 100 each)");
    CHECK(rig.explain(rig.tick({9'000.0})) ==
          "web: 17 -> 20 because rps is 9000 (target 100 each); not 90 because scale_up allows "
          "+100% per 1m, counted from 10");
    CHECK(rig.explain(rig.tick({9'000.0})) ==
          "web: stays at 20 because scale_up allows +100% per 1m, counted from 10; 90 was proposed "
          "because rps is 9000 (target 100 each)");
}

TEST_CASE("explain: a step down and its rate") {
    PolicyRig rig = web(10);
    rig.spec.behavior.down = {.rates = {{RateKind::percent, 10, 1min}}};
    CHECK(rig.explain(rig.decide({fresh(300.0)})) ==
          "web: 10 -> 9 because rps is 300 (target 100 each); not 3 because scale_down allows "
          "-10% per 1m");
    rig.spec.behavior.down.select = Select::disabled;
    CHECK(rig.explain(rig.decide({fresh(300.0)})) ==
          "web: stays at 10 because scale_down allows nothing; 3 was proposed because rps is 300 "
          "(target 100 each)");
}

TEST_CASE("explain: a hold within the tolerance") {
    PolicyRig rig = web(4);
    const Decision decision = rig.decide({fresh(395.0)});
    CHECK(rig.explain(decision) ==
          "web: stays at 4 because rps is 395 (target 100 each, tolerance 10%)");
    CHECK(reasons(decision, rig.spec) ==
          Sentences{"rps is 395 (target 100 each, tolerance 10%) and proposes 4"});
    rig.spec.behavior.down.tolerance = Ratio{0.07};
    CHECK(rig.explain(rig.decide({fresh(436.0)})) ==
          "web: stays at 4 because rps is 436 (target 100 each, tolerance -7% +10%)");
    CHECK(rig.explain(rig.decide({fresh(340.0)})) ==
          "web: stays at 4 because rps is 340 (target 100 each)");
}

TEST_CASE("explain: stabilisation names the proposal that holds") {
    PolicyRig rig = web(10);
    rig.tick({1'000.0});
    const Decision down = rig.decide({fresh(300.0)});
    CHECK(rig.explain(down) ==
          "web: stays at 10 because the highest proposal of the last 5m is 10 (scale_down "
          "stabilization); 3 was proposed because rps is 300 (target 100 each)");
    CHECK(reasons(down, rig.spec) ==
          Sentences{"rps is 300 (target 100 each) and proposes 3",
                    "the highest proposal of the last 5m is 10 (scale_down stabilization): 10 "
                    "instead of 3"});

    rig = web(10);
    rig.spec.behavior.up.stabilization = 1min;
    rig.state.recommendations = {{{12}, rig.now - 30s}};
    CHECK(rig.explain(rig.decide({fresh(5'000.0)})) ==
          "web: 10 -> 12 because rps is 5000 (target 100 each); not 50 because the lowest proposal "
          "of the last 1m is 12 (scale_up stabilization)");
}

TEST_CASE("explain: window and rate in one line") {
    PolicyRig rig = web(10);
    rig.spec.behavior.up.stabilization = 1min;
    rig.state.recommendations = {{{30}, rig.now - 30s}};
    CHECK(rig.explain(rig.decide({fresh(5'000.0)})) ==
          "web: 10 -> 20 because rps is 5000 (target 100 each); not 50 because the lowest proposal "
          "of the last 1m is 30 (scale_up stabilization); not 30 because scale_up allows +100% per "
          "15s");
}

TEST_CASE("explain: the bounds") {
    PolicyRig rig = web(10);
    rig.spec.max = {10};
    CHECK(rig.explain(rig.decide({fresh(1'390.0)})) ==
          "web: stays at 10 because the maximum is 10; 14 was proposed because rps is 1390 (target "
          "100 each)");
    rig.spec.max = {12};
    const Decision up = rig.decide({fresh(1'390.0)});
    CHECK(rig.explain(up) ==
          "web: 10 -> 12 because rps is 1390 (target 100 each); not 14 because the maximum is 12");
    CHECK(reasons(up, rig.spec) == Sentences{"rps is 1390 (target 100 each) and proposes 14",
                                             "the maximum is 12: 12 instead of 14"});
    rig.spec.behavior.down.stabilization = 0s;
    rig.spec.min = {2};
    CHECK(rig.explain(rig.decide({fresh(0.0)})) ==
          "web: 10 -> 2 because rps is 0 (target 100 each); not 0 because the minimum is 2");
    rig.observed = all_ready(14);
    const Decision above = rig.decide({Reading::absent(Absence::source_failed)});
    CHECK(rig.explain(above) == "web: 14 -> 12 because the maximum is 12");
    CHECK(reasons(above, rig.spec) == Sentences{"the maximum is 12: 12 instead of 14"});
    rig.observed = all_ready(0);
    CHECK(rig.explain(rig.decide({fresh(900.0)})) == "web: 0 -> 2 because the minimum is 2");
}

TEST_CASE("explain: metrics that cannot be used") {
    PolicyRig rig = web_with_queue(4);
    const Reading missing = Reading::absent(Absence::no_series);
    const Reading stale = Reading::of(12.0, 45s, 30s);

    Decision decision = rig.decide({fresh(100.0), missing});
    CHECK(rig.explain(decision) ==
          "web: stays at 4 because scaling down needs every metric; queue has no value (no series "
          "matches the expression); 1 was proposed because rps is 100 (target 100 each)");
    CHECK(reasons(decision, rig.spec) ==
          Sentences{"rps is 100 (target 100 each) and proposes 1",
                    "queue has no value (no series matches the expression)",
                    "scaling down to 1 needs a usable reading of queue: 4 kept"});

    CHECK(rig.explain(rig.decide({fresh(600.0), stale})) ==
          "web: 4 -> 6 because rps is 600 (target 100 each); queue was 12, 45s ago (max_age 30s)");
    CHECK(rig.explain(rig.decide({fresh(400.0), stale})) ==
          "web: stays at 4 because rps is 400 (target 100 each, tolerance 10%); queue was 12, 45s "
          "ago (max_age 30s)");

    Reading partial = fresh(600.0);
    partial.freshness = Freshness::partial;
    CHECK(
        rig.explain(rig.decide({partial, fresh(0.0)})) ==
        "web: 4 -> 6 because rps is 600 (target 100 each) without the targets that do not answer");
    partial.value = 300.0;
    CHECK(rig.explain(rig.decide({partial, fresh(0.0)})) ==
          "web: stays at 4 because scaling down needs every metric; rps is 300 (target 100 each) "
          "without the targets that do not answer; 0 was proposed because queue is 0 (target 10)");

    decision = rig.decide({Reading::absent(Absence::source_failed), stale});
    CHECK(rig.explain(decision) ==
          "web: stays at 4 because rps has no value (its source fails); queue was 12, 45s ago "
          "(max_age 30s)");
    CHECK(reasons(decision, rig.spec) == Sentences{"rps has no value (its source fails)",
                                                   "queue was 12, 45s ago (max_age 30s)",
                                                   "no metric is usable: 4 kept"});
}

TEST_CASE("explain: a value target with no replica ready") {
    PolicyRig rig = web_with_queue(4);
    rig.observed.ready = {0};
    CHECK(rig.explain(rig.decide({fresh(600.0), fresh(50.0)})) ==
          "web: 4 -> 6 because rps is 600 (target 100 each); queue is 50, but no replica is ready "
          "to judge it by");
    rig.observed.ready = {3};
    CHECK(rig.explain(rig.decide({fresh(400.0), fresh(17.0)})) ==
          "web: 4 -> 6 because queue is 17 (target 10)");
}

TEST_CASE("explain: a reading of the fallback source says where it is from") {
    PolicyRig rig = web(4);
    Reading reading = fresh(712.0);
    reading.rung = 1;
    CHECK(rig.explain(rig.decide({reading})) ==
          "web: 4 -> 8 because rps is 712 from its fallback source (target 100 each)");
}

TEST_CASE("explain: no observation, no metric") {
    PolicyRig rig = web(4);
    const std::vector<Reading> readings{fresh(712.0)};
    const Decision blind = decide(rig.spec, {.now = rig.now, .readings = readings}, rig.state);
    CHECK(rig.explain(blind) ==
          "web: no step because the provider has not said how many replicas there are");
    CHECK(reasons(blind, rig.spec) ==
          Sentences{"the provider has not said how many replicas there are: no step"});

    rig.spec.metrics.clear();
    const Decision idle = rig.decide({});
    CHECK(rig.explain(idle) == "web: stays at 4 because the policy has no metric");
    CHECK(reasons(idle, rig.spec) == Sentences{"the policy has no metric: 4 kept"});
}

TEST_CASE("explain: refusals, all of them") {
    PolicyRig rig = web(4);
    const Decision decision = rig.decide({fresh(712.0)});
    const Pause pause{.owner = "uid=1000(alice)",
                      .reason = "maintenance",
                      .since = rig.now,
                      .until = rig.now + 2h};
    CHECK(explain(decision,
                  plan(rig.spec,
                       rig.state,
                       decision,
                       {.now = rig.now, .pause = &pause, .step_in_flight = true}),
                  rig.spec) ==
          "web: stays at 4, wanted 8: paused by uid=1000(alice) until 2025-11-22T10:00:00Z: "
          "maintenance; an earlier step is still in flight");
}

TEST_CASE("explain: more metrics than links") {
    PolicyRig rig = web(4);
    rig.spec.metrics.assign(30, rig.spec.metrics[0]);
    const Decision decision = rig.decide(std::vector<Reading>(30, fresh(400.0)));
    const Sentences sentences = reasons(decision, rig.spec);
    CHECK(sentences.size() == 17);
    CHECK(sentences.back() == "further metrics were asked too, their reasons are left out");
}

TEST_CASE("explain: what holds a Kubernetes profile without asking its metrics") {
    PolicyRig rig = web(0);
    rig.spec.profile = Profile::kubernetes_1_37;
    CHECK(rig.explain(rig.decide({fresh(500.0)})) ==
          "web: stays at 0 because somebody else set the count to 0, which pauses the policy in "
          "this profile");
    rig = web(5);
    rig.spec.profile = Profile::kubernetes_1_37;
    const std::vector<Reading> readings{fresh(500.0)};
    const auto with = [&](SelectorState selector) {
        return decide(
            rig.spec,
            {.now = rig.now, .observed = &rig.observed, .readings = readings, .selector = selector},
            rig.state);
    };
    const Decision ambiguous = with(SelectorState::ambiguous);
    CHECK(rig.explain(ambiguous) ==
          "web: stays at 5 because another autoscaler selects some of the workload's pods");
    CHECK(reasons(ambiguous, rig.spec) ==
          Sentences{"another autoscaler selects some of the workload's pods: 5 kept"});
    CHECK(rig.explain(with(SelectorState::invalid)) ==
          "web: stays at 5 because the workload's selector is empty or cannot be read");
}

TEST_CASE("explain: metrics that are all read by nobody are not none") {
    PolicyRig rig = web(4);
    rig.spec.metrics[0].rule = Input{};
    CHECK(rig.explain(rig.decide({fresh(500.0)})) == "web: stays at 4 because no metric is usable");
}
