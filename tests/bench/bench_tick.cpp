// What one tick of the daemon costs with 100,000 policies that are all due: the real Loop over a
// fleet of fakes, then one transaction of what changed, until it is written. A part of
// bench_decide. Budget: < 150 ms to decide, < 300 ms with the transaction.
//
//   steady   a load at rest: of each state only the instant of its newest entry is another
//   working  the same, but one policy in 20 has had 10 proposals within its window
//   falling  40 proposals in every window that can still decide, the longest rows: the worst case
//
// Beside the times: bytes of state per policy in memory (PolicyState and what it holds) and in the
// file.
#include <chrono>
#include <ctime>
#include <filesystem>
#include <memory>
#include <string>

#include <benchmark/benchmark.h>
#include <malloc.h>

#include <boost/asio/io_context.hpp>

#include "daemon/fleet.h"
#include "daemon/loop.h"
#include "daemon/state/codec.h"
#include "daemon/state/journal.h"
#include "tests/support/fake_source.h"
#include "tests/support/run_awaitable.h"
#include "tests/support/temporary_directory.h"

namespace tided::daemon {
namespace {

using namespace std::chrono_literals;

constexpr std::int32_t at_rest = 40;  // replicas, and 100 of the load each

/// How many proposals a policy remembers, and of how many policies.
struct Load {
    std::int32_t history = 1;
    std::int64_t one_in = 1;
};

/// In milliseconds: what passed, and what of the processor the daemon had of it. On a machine that
/// others use too only the second says something.
struct Span {
    double wall = 0.0;
    double processor = 0.0;

    Span& operator+=(const Span& other) {
        wall += other.wall;
        processor += other.processor;
        return *this;
    }
};

struct Cost {
    Span decide{};  ///< every policy's turn
    Span gather{};  ///< what has changed
    Span write{};   ///< until it is written
};

class Stopwatch {
public:
    Span lap() {
        const Span now{milliseconds(CLOCK_MONOTONIC), milliseconds(CLOCK_PROCESS_CPUTIME_ID)};
        const Span since{now.wall - last_.wall, now.processor - last_.processor};
        last_ = now;
        return since;
    }

private:
    static double milliseconds(clockid_t clock) {
        timespec time{};
        ::clock_gettime(clock, &time);
        return 1e3 * static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_nsec);
    }

    Span last_{milliseconds(CLOCK_MONOTONIC), milliseconds(CLOCK_PROCESS_CPUTIME_ID)};
};

class TickRig {
public:
    TickRig(std::int64_t policies, Load load) {
        fleet.sources.push_back(source());
        for (std::int64_t i = 0; i < policies; ++i) {
            fleet.policies.push_back(subject(i, i % load.one_in == 0 ? load.history : 1));
        }
    }

    /// What the first tick tells of every policy is not part of a state.
    void forget_news() { static_cast<void>(announcer.take()); }

    /// Every policy's turn. Then what has changed, gathered and written: in milliseconds.
    Cost tick() {
        Cost cost;
        Stopwatch watch;
        loop.tick_all(fleet, options);
        cost.decide = watch.lap();
        Batch batch = loop.take_changes(fleet);
        cost.gather = watch.lap();
        const Status written = testing::run(io, journal.commit(std::move(batch), Durability::tick));
        cost.write = watch.lap();
        if (!written) {
            throw std::runtime_error{written.error().message};
        }
        return cost;
    }

    /// Of the states alone, as the allocator counts them.
    [[nodiscard]] double bytes_in_memory() const {
        const std::size_t before = mallinfo2().uordblks + mallinfo2().hblkhd;
        std::vector<policy::PolicyState> copies;
        copies.reserve(fleet.policies.size());
        for (const auto& live : fleet.policies) {
            copies.push_back(live->state);
        }
        const std::size_t after = mallinfo2().uordblks + mallinfo2().hblkhd;
        return static_cast<double>(after - before) / static_cast<double>(copies.size());
    }
    [[nodiscard]] double bytes_on_disk() const {
        const auto size = std::filesystem::file_size(home / "tided.db");
        return static_cast<double>(size) / static_cast<double>(fleet.policies.size());
    }
    [[nodiscard]] double bytes_of_rows() const {
        std::string blob;
        for (const auto& live : fleet.policies) {
            encode(live->state, blob);
        }
        return static_cast<double>(blob.size()) / static_cast<double>(fleet.policies.size());
    }

    boost::asio::io_context io{1};
    testing::TemporaryDirectory home;
    Clock clock;
    Announcer announcer;
    Telemetry telemetry;
    config::Daemon options{};
    StandingOrders orders;
    std::unique_ptr<StateStore> store =
        StateStore::open({.directory = home.path()}, io.get_executor()).value();
    Journal journal{*store, clock, announcer};
    Executor executor{{.clock = clock,
                       .journal = journal,
                       .announcer = announcer,
                       .telemetry = telemetry,
                       .on_scaled = {}}};
    Loop loop{io.get_executor(),
              {.clock = clock,
               .announcer = announcer,
               .telemetry = telemetry,
               .executor = executor,
               .orders = orders,
               .feed_watchdog = [] {},
               .store_is_behind = [] { return false; },
               .save = [] {},
               .on_clock_jump = [](Duration) {}},
              1};
    Fleet fleet;

private:
    static std::shared_ptr<LiveSource> source() {
        auto fake = std::make_unique<testing::FakeSource>();
        static_cast<void>(fake->demand({{.expression = "rest"}, {.expression = "falling"}}));
        fake->readings["rest"] = Reading::of(100.0 * at_rest, 1s, 30s);
        fake->readings["falling"] = Reading::of(100.0, 1s, 30s);
        auto live = std::make_shared<LiveSource>();
        live->config.name = "apps";
        live->source = std::move(fake);
        return live;
    }

    std::unique_ptr<LivePolicy> subject(std::int64_t number, std::int32_t history) {
        const std::string name = "tenants[tenant=customer-" + std::to_string(number) + "]";
        auto live = std::make_unique<LivePolicy>();
        live->config.spec = {.name = name,
                             .min = {1},
                             .max = {1'000},
                             .metrics = {{.name = "rps", .rule = Target{.amount = 100.0}}}};
        live->config.spec.behavior.down.stabilization = 1h;  // nothing ends while it is measured
        live->config.pool = name;
        live->pool = std::make_shared<LivePool>(config::Pool{.name = name, .provider = "local"},
                                                io.get_executor());
        live->pool->observed =
            Observed{.replicas = {at_rest}, .present = {at_rest}, .ready = {at_rest}};
        live->pool->observed->at = clock.now() + 1h;
        live->slots.push_back({.source = fleet.sources.front(), .query = history > 1 ? 1U : 0U});
        live->readings.resize(1);
        live->view.metrics.resize(1);
        for (std::int32_t i = 1; i < history; ++i) {
            live->state.recommendations.push_back(
                {.replicas = {at_rest + 1 - i}, .at = clock.now() - (history - i) * 5s});
        }
        return live;
    }
};

void tick(benchmark::State& run, Load load) {
    TickRig rig{run.range(0), load};
    rig.loop.tick_all(rig.fleet, rig.options);
    rig.forget_news();
    static_cast<void>(rig.tick());  // makes every row
    Cost all;
    for (auto _ : run) {
        const Cost cost = rig.tick();
        all.decide += cost.decide;
        all.gather += cost.gather;
        all.write += cost.write;
    }
    const auto show = [&](const std::string& name, const Span& span) {
        using benchmark::Counter;
        run.counters[name + "_ms"] = Counter(span.wall, Counter::kAvgIterations);
        run.counters[name + "_cpu_ms"] = Counter(span.processor, Counter::kAvgIterations);
    };
    show("decide", all.decide);
    show("gather", all.gather);
    show("write", all.write);
    rig.store.reset();  // its thread ends; what the log of the database holds goes into it
    run.counters["bytes_in_memory"] = rig.bytes_in_memory();
    run.counters["bytes_of_row"] = rig.bytes_of_rows();
    run.counters["bytes_on_disk"] = rig.bytes_on_disk();
}

constexpr std::int64_t policies = 100'000;

BENCHMARK_CAPTURE(tick, steady, Load{})
    ->Arg(policies)
    ->Unit(benchmark::kMillisecond)
    ->MeasureProcessCPUTime()
    ->UseRealTime();
BENCHMARK_CAPTURE(tick, working, Load{.history = 10, .one_in = 20})
    ->Arg(policies)
    ->Unit(benchmark::kMillisecond)
    ->MeasureProcessCPUTime()
    ->UseRealTime();
BENCHMARK_CAPTURE(tick, falling, Load{.history = at_rest})
    ->Arg(policies)
    ->Unit(benchmark::kMillisecond)
    ->MeasureProcessCPUTime()
    ->UseRealTime();

}  // namespace
}  // namespace tided::daemon
