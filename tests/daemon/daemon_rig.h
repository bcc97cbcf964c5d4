// DaemonRig: one policy, one pool, one source with fakes below and everything of the daemon that
// is real above, on an event loop that the test turns.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "daemon/clock.h"
#include "daemon/executor.h"
#include "daemon/fleet.h"
#include "daemon/loop.h"
#include "daemon/scope.h"
#include "daemon/server/board.h"
#include "daemon/state/journal.h"
#include "daemon/state/store.h"
#include "daemon/telemetry/announcer.h"
#include "daemon/telemetry/telemetry.h"
#include "tests/support/fake_actuator.h"
#include "tests/support/fake_source.h"
#include "tests/support/temporary_directory.h"

namespace tided::daemon {

class DaemonRig {
public:
    DaemonRig() {
        announcer.add([this](const Event& event) { told.push_back(event); });
        open();
        build();
    }

    /// One tick over all policies, then everything that follows from it until nothing moves.
    void tick() {
        loop->tick_all(fleet, options);
        settle();
    }

    /// Turns the event loop until all is written and only timers are left.
    void settle() {
        using namespace std::chrono_literals;
        for (int quiet = 0, turns = 0; quiet < 20; ++turns) {
            if (turns == 5000) {
                throw std::logic_error{"the event loop does not come to rest"};
            }
            const bool is_writing = journal && journal->backlog() > 0;
            quiet = io.run_for(2ms) == 0 && !is_writing ? quiet + 1 : 0;
            io.restart();
        }
    }

    void start_pool(std::string checkpoint = "") {
        pool->started = true;
        scope.spawn("the pool", executor->drive(pool, std::move(checkpoint)));
        settle();
    }

    /// The pool is due to be looked at now.
    void observe() {
        pool->observe_at = clock.now();
        pool->alarm.ring();
        settle();
    }

    /// As a reload does that changes what the actuator is built from. The former pool.
    std::shared_ptr<LivePool> replace_pool() {
        std::shared_ptr<LivePool> former = pool;
        make_pool(former->provider);
        pool->predecessor = former;
        pool->config.step_timeout = former->config.step_timeout;
        pool->dry_run = false;
        fleet.pools = {pool};
        policy->pool = pool;
        return former;
    }

    void say(double value, Duration age = Duration{0}) {
        source->readings["rps"] = Reading::of(value, age, std::chrono::seconds{30});
    }

    /// The texts of the events of one kind so far.
    [[nodiscard]] std::vector<std::string> texts(EventKind kind) const {
        std::vector<std::string> found;
        for (const Event& event : told) {
            if (event.kind == kind) {
                found.push_back(event.text);
            }
        }
        return found;
    }

    /// Ends this run as a crash would, and opens the state again as the next run.
    void crash() {
        scope.cancel();
        settle();
        executor.reset();
        journal.reset();
        store.reset();
        told.clear();
        open();
        build();
    }

    boost::asio::io_context io{1};
    testing::TemporaryDirectory directory;
    Clock clock;
    Scope scope{io.get_executor(), [](const std::string& doing, const std::string& bug) {
                    throw std::logic_error{doing + ": " + bug};
                }};
    Announcer announcer;
    Telemetry telemetry;
    config::Daemon options{.mode = config::Mode::act};
    std::unique_ptr<StateStore> store;
    std::unique_ptr<Journal> journal;
    std::unique_ptr<Executor> executor;
    std::unique_ptr<Loop> loop;
    StandingOrders orders;
    Fleet fleet;
    Board board{fleet};
    std::vector<Event> told;
    testing::FakeSource* source = nullptr;
    testing::FakeActuator* actuator = nullptr;
    std::shared_ptr<LivePool> pool;
    LivePolicy* policy = nullptr;
    Duration jumped{};

private:
    void open() {
        store = StateStore::open({.directory = directory.path()}, io.get_executor()).value();
        journal = std::make_unique<Journal>(*store, clock, announcer);
        executor = std::make_unique<Executor>(
            ExecutorPorts{.clock = clock,
                          .journal = *journal,
                          .announcer = announcer,
                          .telemetry = telemetry,
                          .on_scaled = [this](const std::string& name, Replicas from, Replicas to) {
                              return loop->on_scaled(fleet, name, from, to);
                          }});
        loop = std::make_unique<Loop>(
            io.get_executor(),
            LoopPorts{.clock = clock,
                      .announcer = announcer,
                      .telemetry = telemetry,
                      .executor = *executor,
                      .orders = orders,
                      .feed_watchdog = [] {},
                      .store_is_behind = [] { return false; },
                      .save = [] {},
                      .on_clock_jump = [this](Duration jump) { jumped += jump; }},
            store->snapshot().boot);
    }

    void make_pool(const std::shared_ptr<LiveProvider>& provider) {
        pool = std::make_shared<LivePool>(config::Pool{.name = "web", .provider = "local"},
                                          io.get_executor());
        pool->provider = provider;
        auto fake_actuator = std::make_unique<testing::FakeActuator>();
        actuator = fake_actuator.get();
        pool->actuator = std::move(fake_actuator);
        pool->identity = "local/fake/web";
    }

    void build() {
        fleet = Fleet{};
        auto live_source = std::make_shared<LiveSource>();
        live_source->config.name = "apps";
        auto fake_source = std::make_unique<testing::FakeSource>();
        source = fake_source.get();
        live_source->source = std::move(fake_source);
        fleet.sources.push_back(live_source);

        auto provider = std::make_shared<LiveProvider>();
        provider->config.name = "local";
        fleet.providers.push_back(provider);

        make_pool(provider);
        fleet.pools.push_back(pool);
        fleet.pool_configs.push_back(pool->config);

        auto live = std::make_unique<LivePolicy>();
        live->config.spec = {
            .name = "web",
            .min = Replicas{1},
            .max = Replicas{20},
            .metrics = {
                {.name = "rps", .rule = Target{.kind = TargetKind::average_value, .amount = 100}}}};
        live->config.pool = "web";
        live->config.metrics = {{.source = "apps", .query = {.expression = "rps"}}};
        live->pool = pool;
        live->slots.push_back({.source = live_source});
        live->readings.resize(1);
        const auto stored = store->snapshot().policies.find("web");
        if (stored != store->snapshot().policies.end()) {
            live->state = stored->second.state;
            live->pause = stored->second.pause;
        }
        policy = live.get();
        fleet.policies.push_back(std::move(live));
        fleet.questions = {{{.expression = "rps"}}};
        Fleet none;
        static_cast<void>(put_on(fleet, none, options.mode));
    }
};

}  // namespace tided::daemon
