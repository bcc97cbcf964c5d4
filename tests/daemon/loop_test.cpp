#include "daemon/loop.h"

#include <doctest/doctest.h>

#include "actuators/actuators.h"
#include "daemon/fleet_members.h"
#include "tests/daemon/daemon_rig.h"
#include "tests/support/wall_offset.h"

using namespace tided;
using namespace tided::daemon;
using namespace std::chrono_literals;

TEST_CASE("loop: load that doubles is followed at the next tick") {
    DaemonRig rig;
    rig.actuator->replicas = Replicas{2};
    rig.start_pool();
    rig.say(390);
    rig.tick();
    REQUIRE(rig.actuator->applied.size() == 1);
    CHECK(rig.actuator->applied[0].from == Replicas{2});
    CHECK(rig.actuator->applied[0].to == Replicas{4});
    CHECK(rig.actuator->replicas == Replicas{4});
    REQUIRE(rig.texts(EventKind::step_intended).size() == 1);
    CHECK(rig.texts(EventKind::step_outcome) == std::vector<std::string>{"web: 2 -> 4 done"});
    REQUIRE(rig.policy->state.ups.size() == 1);
    CHECK(rig.policy->state.ups[0].change == 2);
}

TEST_CASE("loop: at rest nothing is asked of the provider and nothing is told twice") {
    DaemonRig rig;
    rig.actuator->replicas = Replicas{4};
    rig.start_pool();
    rig.say(400);
    for (int i = 0; i < 5; ++i) {
        rig.tick();
    }
    CHECK(rig.actuator->applied.empty());
    const std::string at_rest =
        "web: stays at 4 because rps is 400 (target 100 each, tolerance 10%)";
    REQUIRE(rig.told.size() == 1);
    CHECK(rig.told[0].text == at_rest);
    CHECK(rig.told[0].severity == Severity::debug);  // kept, not said aloud
    CHECK(rig.board.at(0).holds == 5);
    rig.say(400, 31s);
    rig.tick();
    rig.tick();
    CHECK(rig.texts(EventKind::decision) ==
          std::vector<std::string>{at_rest,
                                   "web: stays at 4 because rps was 400, 31s ago (max_age 30s)"});
}

TEST_CASE("loop: without an observation there is no step") {
    DaemonRig rig;
    rig.say(2000);
    rig.tick();
    CHECK(rig.actuator->applied.empty());
    CHECK_FALSE(rig.board.at(0).desired.has_value());
}

TEST_CASE("loop: a stale reading never scales down") {
    DaemonRig rig;
    rig.actuator->replicas = Replicas{8};
    rig.start_pool();
    rig.policy->state.recommendations = {{Replicas{1}, rig.clock.now() - 10min}};
    rig.say(100, 31s);
    rig.tick();
    CHECK(rig.actuator->applied.empty());
    CHECK(rig.policy->decision.desired == Replicas{8});
}

TEST_CASE("loop: a pause refuses the step, says who and why, and ends by itself") {
    DaemonRig rig;
    rig.start_pool();
    rig.say(500);
    rig.policy->pause = policy::Pause{.owner = "alice",
                                      .reason = "maintenance",
                                      .since = rig.clock.now(),
                                      .until = rig.clock.now() + 1h};
    rig.tick();
    CHECK(rig.actuator->applied.empty());
    REQUIRE(rig.policy->plan.refusals.size() == 1);
    CHECK(rig.policy->plan.refusals[0].guard == policy::GuardCode::pause);
    rig.policy->pause->until = rig.clock.now() - 1s;
    rig.tick();
    CHECK(rig.actuator->applied.size() == 1);
    CHECK(rig.texts(EventKind::resumed) ==
          std::vector<std::string>{"web: the pause by alice has expired"});
}

TEST_CASE("loop: most sources and providers silent at once freezes everything, and says so once") {
    DaemonRig rig;
    rig.start_pool();
    rig.say(500);
    auto second = std::make_shared<LiveSource>();
    second->config.name = "prom";
    second->source = std::make_unique<testing::FakeSource>();
    rig.fleet.sources.push_back(second);
    rig.fleet.sources[0]->silent = true;
    second->silent = true;
    rig.tick();
    rig.tick();
    CHECK(rig.actuator->applied.empty());
    CHECK(rig.loop->is_partitioned());
    CHECK(rig.texts(EventKind::self_partitioned) ==
          std::vector<std::string>{
              "2 of 2 sources and providers are silent at once: the fault is most likely our own "
              "network, so nothing is scaled until they return"});
    second->silent = false;
    second->lost = true;  // it answers with errors: that is not our network
    rig.tick();
    CHECK_FALSE(rig.loop->is_partitioned());
    CHECK(rig.actuator->applied.size() == 1);
}

TEST_CASE("loop: a metric without fresh readings for long is told once, and its return too") {
    DaemonRig rig;
    rig.options.metric_stale_notice = 0ms;
    rig.start_pool();
    rig.say(100, 1h);
    rig.tick();
    rig.tick();
    CHECK(rig.texts(EventKind::metric_stale).size() == 1);
    rig.say(100);
    rig.tick();
    CHECK(rig.texts(EventKind::metric_fresh).size() == 1);
}

TEST_CASE("loop: dry run tells a plan once and touches nothing") {
    DaemonRig rig;
    rig.pool->rehearsal = actuators::make_dry_run(*rig.pool->actuator);
    rig.pool->dry_run = true;
    rig.start_pool();
    rig.say(500);
    rig.tick();
    rig.tick();
    CHECK(rig.actuator->applied.empty());
    CHECK(rig.texts(EventKind::step_outcome) == std::vector<std::string>{"web: 1 -> 5 rehearsed"});
    CHECK(rig.policy->state.ups.empty());
}

TEST_CASE("loop: the journal has a decision for each step, also when the wish is an old one") {
    DaemonRig rig;
    rig.actuator->replicas = Replicas{3};
    rig.start_pool();
    rig.say(300);
    rig.tick();
    rig.actuator->replicas = Replicas{1};  // by hand
    rig.observe();
    rig.tick();
    CHECK(rig.texts(EventKind::decision) ==
          std::vector<std::string>{
              "web: stays at 3 because rps is 300 (target 100 each, tolerance 10%)",
              "web: 1 -> 3 because rps is 300 (target 100 each)"});
}

TEST_CASE("loop: no step on an older count while the provider does not say how many there are") {
    DaemonRig rig;
    rig.start_pool();
    rig.actuator->observe_error =
        Error{.code = ErrorCode::corrupt, .message = "it printed no JSON"};
    rig.observe();
    rig.pool->observed->at = rig.clock.now() - rig.pool->config.observe_interval - 1ms;
    rig.say(500);
    rig.tick();
    CHECK(rig.actuator->applied.empty());
    CHECK(rig.board.at(0).trouble == "it cannot be observed: it printed no JSON");
}

TEST_CASE("loop: a value from the fallback source is shown under its name") {
    DaemonRig rig;
    rig.start_pool();
    auto second = std::make_shared<LiveSource>();
    auto source = std::make_unique<testing::FakeSource>();
    REQUIRE(source->demand({{.expression = "rps", .max_age = 30s}}).has_value());
    source->readings["rps"] = Reading::of(200, 1s, 30s);
    second->config.name = "prom";
    second->source = std::move(source);
    rig.policy->slots[0].fallback = second;
    rig.say(400, 31s);
    rig.tick();
    CHECK(rig.board.at(0).metrics[0].source == "prom");
    Reading partial = Reading::of(300, 0s, 30s);
    partial.freshness = Freshness::partial;  // the second source leaves out the same targets
    rig.source->readings["rps"] = partial;
    rig.tick();
    CHECK(rig.policy->readings[0] == partial);
}

TEST_CASE("loop: a formula has no source, is computed every tick and shown like any other") {
    DaemonRig rig;
    rig.start_pool();
    policy::PolicySpec& spec = rig.policy->config.spec;
    spec.metrics.push_back({.name = "load",
                            .rule = policy::PassThrough{},
                            .formula = {{{.op = policy::Op::metric, .metric = 0},
                                         {.op = policy::Op::constant, .constant = 50.0},
                                         {.op = policy::Op::divide}}}});
    spec.computed = {1};
    rig.policy->config.metrics.emplace_back();
    rig.policy->slots.emplace_back();
    rig.policy->readings.resize(2);
    describe(*rig.policy);
    CHECK(number_questions(rig.fleet).at(0).size() == 1);
    rig.say(400);
    rig.tick();
    const MetricView& load = rig.board.at(0).metrics.at(1);
    CHECK(load.source == "formula");
    CHECK(load.reading.value == 8.0);
    CHECK(load.target == std::nullopt);
    CHECK(rig.policy->decision.wished == Replicas{8});
}

TEST_CASE("loop: a clock set back neither stops looking at pools nor shortens a pause") {
    const testing::WallOffset wall;
    DaemonRig rig;
    rig.start_pool();
    rig.pool->config.observe_interval = 5ms;
    rig.pool->observe_at = rig.clock.now();
    rig.pool->alarm.ring();
    const TimePoint end = rig.clock.now() + 1h;
    rig.policy->pause = policy::Pause{.owner = "alice", .since = rig.clock.now(), .until = end};
    rig.scope.spawn("ticking", rig.loop->run(rig.fleet, rig.options));
    for (const double offset : {3600.0, 0.0, -3600.0}) {
        wall.set(offset);
        rig.loop->ring();
        rig.io.restart();
        rig.io.run_for(50ms);  // the jump is heeded
        const int before = rig.actuator->observations;
        for (int round = 0; round < 100 && rig.actuator->observations == before; ++round) {
            rig.io.restart();
            rig.io.run_for(20ms);
        }
        CHECK(rig.actuator->observations > before);
        REQUIRE(rig.policy->pause.has_value());
        CHECK(std::chrono::abs(*rig.policy->pause->until - rig.clock.now() - 1h) < 1min);
    }
    CHECK(rig.texts(EventKind::clock_jumped).size() == 3);
    rig.loop->stop();
}

TEST_CASE("loop: what changed is written as it is when the write begins") {
    DaemonRig rig;
    rig.start_pool();
    rig.say(500);
    rig.tick();
    rig.policy->pause = policy::Pause{.owner = "alice", .since = rig.clock.now()};
    const Batch batch = rig.loop->take_changes(rig.fleet);
    REQUIRE(batch.policies.size() == 1);
    REQUIRE(batch.policies[0].pause.has_value());
    CHECK(batch.policies[0].pause->owner == "alice");
    CHECK(rig.loop->take_changes(rig.fleet).empty());
}
