#include "daemon/executor.h"

#include <algorithm>

#include <doctest/doctest.h>

#include "actuators/actuators.h"
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
        StepRecord record = rig.store->snapshot().open_steps[0];
        record.phase = StepPhase::intended;  // as if the answer had not come either
        rig.executor->recover(*rig.pool, record);
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

TEST_CASE("executor: a step the provider had accepted is asked on by its own id after a crash") {
    DaemonRig rig;
    rig.start_pool();
    rig.actuator->outcomes.push_back(Outcome::pending(10s));
    rig.say(500);
    rig.tick();
    rig.crash();
    const StepRecord record = rig.store->snapshot().open_steps.at(0);
    CHECK(record.phase == StepPhase::pending);
    rig.executor->recover(*rig.pool, record);
    rig.start_pool();
    REQUIRE(rig.actuator->applied.size() == 1);
    CHECK(rig.actuator->applied[0].id == record.step.id);
    CHECK(rig.texts(EventKind::step_outcome) == std::vector<std::string>{"web: 1 -> 5 done"});
    CHECK(rig.policy->state.ups.size() == 1);
}

TEST_CASE("executor: an accepted step past its time is not asked for again after a crash") {
    DaemonRig rig;
    rig.start_pool();
    rig.actuator->outcomes.push_back(Outcome::pending(10s));
    rig.say(500);
    rig.tick();
    rig.crash();
    StepRecord record = rig.store->snapshot().open_steps.at(0);
    record.intended_at -= 31s;
    rig.executor->recover(*rig.pool, record);
    rig.start_pool();
    CHECK(rig.actuator->applied.empty());
    CHECK_FALSE(rig.pool->step.has_value());
}

TEST_CASE("executor: a pool that replaces another goes on with its step, and starts no second") {
    DaemonRig rig;
    rig.start_pool();
    rig.actuator->outcomes.push_back(Outcome::pending(10s));
    rig.say(500);
    rig.tick();
    const std::string id = rig.pool->step->step.id;
    const std::shared_ptr<LivePool> former = rig.replace_pool();
    rig.tick();
    CHECK(rig.actuator->applied.empty());  // the former one has not ended
    former->retired = true;
    former->alarm.ring();
    rig.start_pool();
    REQUIRE(rig.actuator->applied.size() == 1);
    CHECK(rig.actuator->applied[0].id == id);
    CHECK_FALSE(rig.pool->step.has_value());
}

TEST_CASE("executor: the step of a pool that became another is abandoned") {
    DaemonRig rig;
    rig.start_pool();
    rig.actuator->outcomes.push_back(Outcome::pending(10s));
    rig.say(500);
    rig.tick();
    const std::shared_ptr<LivePool> former = rig.replace_pool();
    rig.pool->identity = "local/fake/other";
    former->retired = true;
    former->alarm.ring();
    rig.start_pool();
    CHECK(rig.actuator->applied.empty());
    CHECK(rig.texts(EventKind::step_outcome) ==
          std::vector<std::string>{"web: 1 -> 5 abandoned: its pool was taken away meanwhile"});
    rig.crash();
    CHECK(rig.store->snapshot().open_steps.empty());
}

TEST_CASE("executor: a real step stays real when a reload turns its pool to dry-run") {
    DaemonRig rig;
    rig.pool->rehearsal = actuators::make_dry_run(*rig.pool->actuator);
    rig.start_pool();
    rig.actuator->outcomes.push_back(Outcome::pending(0ms));
    rig.say(500);
    rig.loop->tick_all(rig.fleet, rig.options);
    rig.pool->dry_run = true;
    rig.settle();
    CHECK(rig.texts(EventKind::step_outcome) == std::vector<std::string>{"web: 1 -> 5 done"});
    CHECK(rig.policy->state.ups.size() == 1);
}

TEST_CASE("executor: what a human must mend is told as an error and not tried at every tick") {
    DaemonRig rig;
    rig.start_pool();
    rig.actuator->outcomes.push_back(
        Outcome::refused({.code = ErrorCode::forbidden, .message = "scaling web: no right"}));
    rig.say(500);
    rig.tick();
    rig.tick();
    CHECK(rig.actuator->applied.size() == 1);
    REQUIRE(rig.pool->retry_not_before.has_value());
    const auto told = std::find_if(rig.told.begin(), rig.told.end(), [](const Event& event) {
        return event.kind == EventKind::step_outcome;
    });
    REQUIRE(told != rig.told.end());
    CHECK(told->severity == Severity::error);
    CHECK(told->text == "web: 1 -> 5 refused: scaling web: no right");
}

TEST_CASE("executor: a provider is lost with the last of its pools and back with the first") {
    DaemonRig rig;
    rig.pool->provider->pools = 2;
    rig.pool->provider->failing["api"] = {.unreachable = true, .error = "connecting: refused"};
    rig.start_pool();
    CHECK_FALSE(rig.pool->provider->lost);
    rig.actuator->observe_error = Error{.code = ErrorCode::unavailable, .message = "refused"};
    rig.observe();
    rig.observe();
    CHECK(rig.pool->provider->lost);
    CHECK(rig.texts(EventKind::provider_lost) ==
          std::vector<std::string>{"provider local does not answer: refused"});
    CHECK(rig.texts(EventKind::pool_note) ==
          std::vector<std::string>{"pool web cannot be observed: refused"});
    rig.actuator->observe_error.reset();
    rig.observe();
    CHECK(rig.texts(EventKind::provider_back) ==
          std::vector<std::string>{"provider local answers again"});
    CHECK(rig.pool->provider->last_error() == "connecting: refused");
}

TEST_CASE("executor: a refused connection is no silence, a timeout is") {
    DaemonRig rig;
    rig.pool->provider->pools = 1;
    rig.start_pool();
    rig.actuator->observe_error =
        Error{.code = ErrorCode::unavailable, .message = "connecting: connection refused"};
    rig.observe();
    CHECK(rig.pool->provider->lost);
    CHECK_FALSE(rig.pool->provider->is_silent());
    rig.actuator->observe_error = Error{.code = ErrorCode::timed_out, .message = "timed out"};
    rig.observe();
    CHECK(rig.pool->provider->is_silent());
}

TEST_CASE("executor: a pool that is gone says nothing of its provider any more") {
    DaemonRig rig;
    rig.pool->provider->pools = 1;
    rig.start_pool();
    rig.actuator->observe_error = Error{.code = ErrorCode::timed_out, .message = "timed out"};
    rig.pool->retired = true;
    rig.observe();
    CHECK(rig.pool->provider->failing.empty());
}

TEST_CASE("executor: a read that is throttled is not repeated before the provider allows it") {
    DaemonRig rig;
    rig.start_pool();
    rig.actuator->observe_error =
        Error{.code = ErrorCode::throttled, .message = "too many requests", .retry_after = 60s};
    rig.observe();
    CHECK(rig.pool->observe_at >= rig.clock.now() + 59s);
    const int asked = rig.actuator->observations;
    rig.pool->alarm.ring();
    rig.settle();
    CHECK(rig.actuator->observations == asked);
}

TEST_CASE("executor: a read that failed is repeated soon, however seldom the pool is read") {
    DaemonRig rig;
    rig.start_pool();
    rig.pool->config.observe_interval = 1h;
    rig.observe();
    CHECK(rig.pool->observe_at >= rig.clock.now() + 59min);
    rig.actuator->observe_error = Error{.code = ErrorCode::timed_out, .message = "timed out"};
    rig.observe();
    CHECK(rig.pool->observe_at <= rig.clock.now() + 30s);
    CHECK(rig.pool->observe_at >= rig.clock.now() + 29s);
}

TEST_CASE("executor: a throttled step waits as long as was asked for, whatever reads say") {
    DaemonRig rig;
    rig.start_pool();
    rig.actuator->outcomes.push_back(Outcome::failed(
        {.code = ErrorCode::throttled, .message = "too many requests", .retry_after = 120s}));
    rig.say(500);
    rig.tick();
    REQUIRE(rig.pool->retry_not_before.has_value());
    rig.actuator->observe_error = Error{.code = ErrorCode::timed_out, .message = "timed out"};
    rig.observe();
    rig.actuator->observe_error.reset();
    rig.observe();
    CHECK(rig.pool->retry_not_before.has_value());
}

TEST_CASE("executor: a step whose intent took longer than its time is not sent") {
    DaemonRig rig;
    rig.start_pool();
    rig.pool->config.step_timeout = 0ms;
    rig.say(500);
    rig.tick();
    CHECK(rig.actuator->applied.empty());
    CHECK(rig.texts(EventKind::step_outcome) ==
          std::vector<std::string>{"web: 1 -> 5 refused: its intent took longer to write than "
                                   "step_timeout: not sent"});
}

TEST_CASE("executor: a pool taken out of the policy file is closed for good") {
    DaemonRig rig;
    rig.start_pool();
    rig.pool->retired = true;
    rig.pool->closing = actuators::Closing::for_good;
    rig.pool->alarm.ring();
    rig.settle();
    CHECK(rig.actuator->closed);
    CHECK(rig.actuator->closing == actuators::Closing::for_good);
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

TEST_CASE("executor: closing a pool cuts no stop_grace short") {
    DaemonRig rig;
    rig.pool->config.spec = actuators::ProcessPoolSpec{.stop_grace = 1h};
    rig.start_pool();
    const Deadline longest = Clock::deadline_in(1h);
    rig.pool->retired = true;
    rig.pool->alarm.ring();
    rig.settle();
    CHECK(rig.actuator->close_deadline.at > longest.at);
}

TEST_CASE("executor: a pool that does not come up is told once it lasts, and its recovery too") {
    DaemonRig rig;
    rig.start_pool();
    const auto tend = [&] {
        rig.pool->tend_at = rig.clock.now();
        rig.pool->alarm.ring();
        rig.settle();
    };
    rig.actuator->why_not = "1 of 1 failing, last: web[0] exited with status 3";
    rig.actuator->again = 2;
    tend();
    CHECK(rig.texts(EventKind::pool_failing).empty());
    CHECK(rig.board.at(0).trouble == rig.actuator->why_not);
    REQUIRE(rig.pool->trouble_since.has_value());
    *rig.pool->trouble_since -= 15s;
    tend();
    tend();
    CHECK(rig.texts(EventKind::pool_failing) ==
          std::vector<std::string>{"pool web: 1 of 1 failing, last: web[0] exited with status 3"});
    rig.actuator->why_not.clear();
    tend();
    CHECK(rig.texts(EventKind::pool_recovered) == std::vector<std::string>{"pool web runs again"});
    CHECK(rig.pool->restarts == 2);
}
