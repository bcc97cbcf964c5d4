#include "daemon/executor.h"

#include <doctest/doctest.h>

#include "tests/daemon/daemon_rig.h"

using namespace tided;
using namespace tided::daemon;
using namespace std::chrono_literals;

namespace {

Error timed_out_mid_way() {
    return {.code = ErrorCode::timed_out,
            .message = "scaling web: timed out after 5s",
            .effect = Effect::unknown};
}

}  // namespace

TEST_CASE("executor: a failed step is told, backs off and is decided afresh") {
    DaemonRig rig;
    rig.start_pool();
    rig.actuator->outcomes.push_back(
        Outcome::failed({.code = ErrorCode::unavailable, .message = "connecting: refused"}));
    rig.say(500);
    rig.tick();
    CHECK(rig.texts(EventKind::step_outcome) ==
          std::vector<std::string>{"web: 1 -> 5 failed: connecting: refused"});
    CHECK(rig.policy->state.ups.empty());
    REQUIRE(rig.pool->retry_not_before.has_value());
    rig.tick();
    CHECK(rig.actuator->applied.size() == 1);
    rig.pool->retry_not_before = rig.clock.now() - 1ms;
    rig.tick();
    CHECK(rig.actuator->applied.size() == 2);
    CHECK(rig.actuator->applied[0].id != rig.actuator->applied[1].id);
}

TEST_CASE("executor: after a lost answer the pool is looked at before anything else") {
    DaemonRig rig;
    rig.start_pool();
    const int before = rig.actuator->observations;
    rig.actuator->outcomes.push_back(Outcome::failed(timed_out_mid_way()));
    rig.say(500);
    rig.tick();
    CHECK(rig.actuator->observations == before + 1);
}

TEST_CASE("executor: somebody else's change is refused without back-off") {
    DaemonRig rig;
    rig.start_pool();
    rig.actuator->outcomes.push_back(
        Outcome::refused({.code = ErrorCode::conflict, .message = "the pool is at 3, not 1"}));
    rig.say(500);
    rig.tick();
    CHECK_FALSE(rig.pool->retry_not_before.has_value());
    rig.tick();
    CHECK(rig.actuator->applied.size() == 2);
}

TEST_CASE("executor: pending keeps the step in flight, and no second one starts") {
    DaemonRig rig;
    rig.start_pool();
    rig.actuator->outcomes.push_back(Outcome::pending(1h));
    rig.pool->config.step_timeout = 2h;
    rig.say(500);
    rig.tick();
    rig.say(900);
    rig.tick();
    CHECK(rig.actuator->applied.size() == 1);
    REQUIRE(rig.pool->step.has_value());
    CHECK(rig.pool->step->phase == StepPhase::pending);
}

TEST_CASE("executor: a step that would outlast its deadline fails as timed out") {
    DaemonRig rig;
    rig.start_pool();
    rig.actuator->outcomes.push_back(Outcome::pending(1h));
    rig.say(500);
    rig.tick();
    CHECK(rig.texts(EventKind::step_outcome) ==
          std::vector<std::string>{"web: 1 -> 5 failed: not finished after 30s"});
}

TEST_CASE("executor: a step cut short by a crash is settled by looking") {
    for (const bool it_happened : {true, false}) {
        DaemonRig rig;
        rig.start_pool();
        rig.actuator->outcomes.push_back(Outcome::pending(10s));
        rig.say(500);
        rig.tick();
        REQUIRE(rig.pool->step.has_value());
        const std::string id = rig.pool->step->step.id;
        rig.crash();
        REQUIRE(rig.store->snapshot().open_steps.size() == 1);
        CHECK(rig.store->snapshot().open_steps[0].step.id == id);
        rig.actuator->replicas = it_happened ? Replicas{5} : Replicas{1};
        rig.executor->recover(*rig.pool, rig.store->snapshot().open_steps[0]);
        rig.start_pool();
        CHECK(rig.actuator->applied.empty());
        CHECK(rig.policy->state.ups.size() == (it_happened ? 1 : 0));
        CHECK(rig.texts(EventKind::step_outcome) ==
              std::vector<std::string>{
                  it_happened ? "web: 1 -> 5 done"
                              : "web: 1 -> 5 refused: a restart cut it short and the pool is at "
                                "1: decided afresh"});
        rig.crash();
        CHECK(rig.store->snapshot().open_steps.empty());
    }
}

TEST_CASE("executor: a provider that does not answer is lost once and back once") {
    DaemonRig rig;
    rig.start_pool();
    rig.pool->config.observe_interval = 1ms;
    rig.actuator->observe_error = Error{.code = ErrorCode::unavailable, .message = "refused"};
    rig.pool->alarm.ring();
    rig.settle();
    rig.actuator->observe_error.reset();
    rig.pool->alarm.ring();
    rig.settle();
    CHECK(rig.texts(EventKind::provider_lost).size() <= 1);
    CHECK(rig.texts(EventKind::provider_back).size() == rig.texts(EventKind::provider_lost).size());
}

TEST_CASE("executor: the pool's checkpoint is there at the next start") {
    DaemonRig rig;
    rig.start_pool();
    rig.say(500);
    rig.tick();
    rig.crash();
    CHECK(rig.store->snapshot().checkpoints.at("local/fake/web") == "5");
    rig.start_pool(rig.store->snapshot().checkpoints.at("local/fake/web"));
    CHECK(rig.actuator->restored == "5");
}

TEST_CASE("executor: a retired pool is closed") {
    DaemonRig rig;
    rig.start_pool();
    rig.pool->retired = true;
    rig.pool->alarm.ring();
    rig.settle();
    CHECK(rig.actuator->closed);
    CHECK(rig.pool->closed);
}
