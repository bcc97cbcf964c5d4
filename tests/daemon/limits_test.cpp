// What stands above a single policy: the brake, approvals and the limits on the fleet, in the tick
// and over a restart.
#include <doctest/doctest.h>

#include "daemon/fleet_members.h"
#include "tests/daemon/daemon_rig.h"

using namespace tided;
using namespace tided::daemon;
using namespace std::chrono_literals;

namespace {

using Lines = std::vector<std::string>;

Lines no_complaints(StandingOrders& orders, const std::map<std::string, std::string>& facts) {
    Lines told;
    orders.recall(facts, [&](const std::string& problem) { told.push_back(problem); });
    return told;
}

}  // namespace

TEST_CASE("limits: the brake stops every step until it is released") {
    DaemonRig rig;
    rig.start_pool();
    rig.say(500);
    const TimePoint since = rig.clock.now();
    rig.orders.set_brake(policy::Brake{.owner = "alice", .reason = "INC-7", .since = since});
    rig.tick();
    CHECK(rig.actuator->applied.empty());
    REQUIRE(rig.policy->plan.refusals.size() == 1);
    CHECK(rig.policy->plan.refusals[0].why ==
          "the emergency brake was pulled by alice at " + policy::instant(since) + ": INC-7");
    rig.orders.set_brake(std::nullopt);
    rig.tick();
    CHECK(rig.actuator->applied.size() == 1);
}

TEST_CASE("limits: a large step waits for its approval and uses it up") {
    DaemonRig rig;
    rig.actuator->replicas = Replicas{2};
    rig.start_pool();
    rig.policy->config.spec.guards.approval.above = Replicas{1};
    rig.say(390);
    rig.tick();
    CHECK(rig.actuator->applied.empty());
    CHECK(rig.policy->view.approval.empty());
    const TimePoint until = rig.clock.now() + 1h;
    rig.orders.approve("web",
                       {.owner = "alice", .reason = "INC-7", .to = Replicas{3}, .until = until});
    rig.tick();
    CHECK(rig.policy->view.approval ==
          "steps up to 3 are approved by alice until " + policy::instant(until) + ": INC-7");
    CHECK(rig.orders.withdraw("web", rig.clock.now()));
    CHECK_FALSE(rig.orders.withdraw("web", rig.clock.now()));
    rig.tick();
    CHECK(rig.policy->view.approval.empty());
    rig.orders.approve("web", {.owner = "alice", .to = Replicas{4}, .until = rig.clock.now() + 1h});
    rig.tick();
    REQUIRE(rig.actuator->applied.size() == 1);
    CHECK(rig.actuator->applied[0].to == Replicas{4});
    CHECK(rig.orders.approval("web", rig.clock.now()) == nullptr);
}

TEST_CASE("limits: what a schedule makes of min and max is shown beside them") {
    DaemonRig rig;
    rig.start_pool();
    const TimePoint now = rig.clock.now();
    rig.policy->config.spec.schedule = policy::Schedule{
        {.from = now - 24h,
         .until = now + 24h,
         .rules = {
             {.name = "day", .timezone = "UTC", .min = Replicas{3}, .windows = {{now, now + 9h}}},
             {.name = "cap",
              .timezone = "UTC",
              .max = Replicas{8},
              .windows = {{now, now + 9h}}}}}};
    describe(*rig.policy);
    CHECK(rig.policy->view.min_now == Replicas{1});
    rig.tick();
    CHECK(rig.policy->view.min == Replicas{1});
    CHECK(rig.policy->view.max == Replicas{20});
    CHECK(rig.policy->view.min_now == Replicas{3});
    CHECK(rig.policy->view.max_now == Replicas{8});
}

TEST_CASE("limits: a step past what the fleet may do is refused and comes when there is room") {
    DaemonRig rig;
    rig.actuator->replicas = Replicas{2};
    rig.start_pool();
    rig.options.limits.steps_per_minute = 1;
    rig.orders.fleet_steps().push_back({.at = rig.clock.now() - 30s, .change = 1});
    rig.say(390);
    rig.tick();
    CHECK(rig.actuator->applied.empty());
    CHECK(rig.texts(EventKind::decision) ==
          Lines{"web: stays at 2, wanted 4: all policies together made 1 steps in the last minute, "
                "steps_per_minute is 1"});
    rig.orders.shift(-31s);
    rig.tick();
    CHECK(rig.actuator->applied.size() == 1);
    CHECK(rig.orders.fleet_steps().back().change == 2);
}

TEST_CASE("limits: a step goes as far as the fleet may, on at the next tick, with the same yes") {
    DaemonRig rig;
    rig.actuator->replicas = Replicas{2};
    rig.start_pool();
    rig.pool->config.price_per_hour = 1.0;
    rig.options.limits.cost_per_hour = 3.0;
    rig.policy->config.spec.guards.approval.above = Replicas{1};
    rig.orders.approve("web", {.owner = "alice", .to = Replicas{4}, .until = rig.clock.now() + 1h});
    rig.say(390);
    rig.tick();
    REQUIRE(rig.actuator->applied.size() == 1);
    CHECK(rig.actuator->applied[0].to == Replicas{3});
    CHECK(rig.texts(EventKind::decision) ==
          Lines{"web: 2 -> 3 because rps is 390 (target 100 each); not 4 because one more costs 1 "
                "an hour, all policies together cost 2 of at most 3"});
    CHECK(rig.orders.fleet_steps().back().change == 1);
    CHECK(rig.orders.approval("web", rig.clock.now()) != nullptr);
    rig.observe();
    rig.options.limits.cost_per_hour = 4.0;
    rig.tick();
    REQUIRE(rig.actuator->applied.size() == 2);
    CHECK(rig.actuator->applied[1].to == Replicas{4});
}

namespace {

/// Beside the rig's own, of at most 4 an hour: a pool of one replica that nobody has looked at yet.
LivePool& add_dear_pool(DaemonRig& rig) {
    rig.options.limits.cost_per_hour = 4.0;
    rig.pool->config.price_per_hour = 1.0;
    auto pool = std::make_shared<LivePool>(
        config::Pool{.name = "app", .provider = "local", .price_per_hour = 1.0},
        rig.io.get_executor());
    pool->provider = rig.pool->provider;
    pool->actuator = std::make_unique<testing::FakeActuator>();
    auto policy = std::make_unique<LivePolicy>();
    policy->config.spec = {.name = "app", .min = {1}, .max = {3}};
    policy->pool = pool;
    rig.fleet.pools.push_back(pool);
    rig.fleet.policies.insert(rig.fleet.policies.begin(), std::move(policy));
    return *pool;
}

}  // namespace

TEST_CASE("limits: a raise under way costs as if it were made") {
    DaemonRig rig;
    rig.start_pool();
    LivePool& app = add_dear_pool(rig);
    app.observed = Observed{.replicas = {1}, .present = {1}, .ready = {1}, .at = rig.clock.now()};
    app.step = OpenStep{.step = {.policy = "app", .pool = "app", .from = {1}, .to = {3}}};
    rig.say(190);
    rig.tick();
    CHECK(rig.actuator->applied.empty());
    REQUIRE(rig.policy->plan.refusals.size() == 1);
    CHECK(rig.policy->plan.refusals[0].why ==
          "one more costs 1 an hour, all policies together cost 4 of at most 4");
    app.step->rehearsal = true;
    rig.tick();
    CHECK(rig.actuator->applied.size() == 1);
}

TEST_CASE("limits: of a pool that nobody has seen, all that its policy may ask for is counted") {
    DaemonRig rig;
    rig.start_pool();
    LivePool& app = add_dear_pool(rig);
    rig.say(190);
    rig.tick();
    CHECK(rig.actuator->applied.empty());
    REQUIRE(rig.policy->plan.refusals.size() == 1);
    CHECK(rig.policy->plan.refusals[0].why ==
          "one more costs 1 an hour, all policies together cost 4 of at most 4");
    app.presumed = Replicas{1};
    rig.tick();
    CHECK(rig.actuator->applied.size() == 1);
}

TEST_CASE("limits: between a step and the next look the step counts as made") {
    DaemonRig rig;
    rig.start_pool();
    rig.actuator->outcomes.push_back(
        Outcome::failed({.code = ErrorCode::timed_out, .effect = Effect::unknown}));
    rig.actuator->observe_error = Error{.code = ErrorCode::unavailable, .message = "no answer"};
    rig.say(390);
    rig.tick();
    REQUIRE(rig.actuator->applied.size() == 1);
    CHECK_FALSE(rig.pool->observed.has_value());
    CHECK(rig.pool->most_replicas() == Replicas{4});
}

TEST_CASE("standing orders: what is written is what a restart recalls, once") {
    const TimePoint now = TimePoint{} + 1'800'000'000s;
    StandingOrders orders;
    CHECK(orders.changes().empty());
    orders.set_brake(policy::Brake{.owner = "root", .reason = "say \"no\"", .since = now});
    orders.approve("tenants[tenant=a/b]",
                   {.owner = "bob", .to = {9}, .until = now + 1h, .from = Replicas{4}});
    orders.fleet_steps() = {{now, 4}, {now + 1s, -3}};
    const Batch written = orders.changes();
    CHECK(written.facts.at("brake") ==
          R"({"owner":"root","reason":"say \"no\"","since":1800000000000})");
    CHECK(written.facts.at("fleet_steps") == "[[1800000000000,4],[1800000001000,-3]]");
    CHECK(orders.changes().empty());

    StandingOrders again;
    CHECK(no_complaints(again, written.facts).empty());
    CHECK(again.changes().empty());
    REQUIRE(again.brake().has_value());
    CHECK(again.brake()->reason == "say \"no\"");
    REQUIRE(again.approval("tenants[tenant=a/b]", now) != nullptr);
    CHECK(*again.approval("tenants[tenant=a/b]", now) ==
          *orders.approval("tenants[tenant=a/b]", now));
    CHECK(again.approval("tenants[tenant=a/b]", now + 1h) == nullptr);
    CHECK(again.fleet_steps() == orders.fleet_steps());
    again.set_brake(std::nullopt);
    CHECK(again.changes().dropped_facts == Lines{"brake"});
}

TEST_CASE("standing orders: an approval of an earlier version is read, for either way") {
    StandingOrders orders;
    CHECK(no_complaints(
              orders,
              {{"approval/web", R"({"owner":"bob","reason":"","to":9,"until":1800000000000})"}})
              .empty());
    const policy::Approval* read = orders.approval("web", TimePoint{});
    REQUIRE(read != nullptr);
    CHECK(*read ==
          policy::Approval{.owner = "bob", .to = {9}, .until = TimePoint{} + 1'800'000'000s});
}

TEST_CASE("standing orders: what could not be written is given again") {
    const TimePoint now = TimePoint{} + 1'800'000'000s;
    StandingOrders orders;
    orders.set_brake(policy::Brake{.owner = "root", .since = now});
    const Batch first = orders.changes();
    orders.not_written(first);
    CHECK(orders.changes().facts == first.facts);
    orders.set_brake(std::nullopt);
    const Batch second = orders.changes();
    orders.not_written(second);
    CHECK(orders.changes().dropped_facts == Lines{"brake"});
    CHECK(orders.changes().empty());
}

TEST_CASE("standing orders: a brake that cannot be read stays pulled") {
    StandingOrders orders;
    const Lines told = no_complaints(orders, {{"brake", "{"}, {"approval/web", "{}"}});
    REQUIRE(told.size() == 2);
    CHECK(told[0].starts_with("the stored order 'approval/web' cannot be read: "));
    CHECK(told[1].starts_with("the stored order 'brake' cannot be read: "));
    CHECK(orders.brake().has_value());
    CHECK(orders.approval("web", {}) == nullptr);
}
