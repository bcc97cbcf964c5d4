// What the daemon's services cost with 10,000 policies: one /metrics page and the longest piece
// of it the loop is busy with, one /api/v1/policies, one state transaction with every policy.
#include <algorithm>
#include <chrono>
#include <ctime>
#include <filesystem>
#include <string>

#include <benchmark/benchmark.h>

#include <boost/asio/io_context.hpp>

#include "daemon/server/routes.h"
#include "daemon/state/store.h"
#include "tests/support/fake_control.h"
#include "tests/support/run_awaitable.h"
#include "tests/support/temporary_directory.h"

namespace tided::daemon {
namespace {

using testing::FakeControl;

/// Of processor time: what others do to the machine meanwhile does not count.
double thread_seconds() {
    timespec time{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

void fill(FakeControl& control, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
        control.fleet.views.push_back(
            testing::policy_view("tenants[tenant=customer-" + std::to_string(i) + "]"));
    }
}

/// Asks for `target` and reads all of it; counts bytes, chunks and the longest chunk's processor
/// time, which is what a scrape keeps the loop from.
void stream(benchmark::State& state, const std::string& target, const std::string& accept) {
    FakeControl control;
    fill(control, static_cast<std::size_t>(state.range(0)));
    boost::asio::io_context io;
    std::size_t bytes = 0;
    std::size_t chunks = 0;
    double longest = 0.0;
    for (auto _ : state) {
        const HttpReply reply = testing::run(io,
                                             route(control,
                                                   {.method = "GET",
                                                    .target = target,
                                                    .accept = accept,
                                                    .content_type = {},
                                                    .body = {},
                                                    .peer = {}}));
        bytes = 0;
        chunks = 0;
        for (;;) {
            const double begin = thread_seconds();
            const std::string chunk = reply.chunks();
            longest = std::max(longest, thread_seconds() - begin);
            if (chunk.empty()) {
                break;
            }
            bytes += chunk.size();
            ++chunks;
        }
    }
    state.counters["bytes"] = static_cast<double>(bytes);
    state.counters["chunks"] = static_cast<double>(chunks);
    state.counters["longest_chunk_seconds"] = longest;
}

void metrics_page(benchmark::State& state) {
    stream(state, "/metrics", "application/openmetrics-text");
}
BENCHMARK(metrics_page)->Arg(10)->Arg(10'000)->Unit(benchmark::kMillisecond);

void policies_page(benchmark::State& state) {
    stream(state, "/api/v1/policies", "");
}
BENCHMARK(policies_page)->Arg(10'000)->Unit(benchmark::kMillisecond);

/// One tick's transaction: every policy with `range(1)` recommendations.
void state_transaction(benchmark::State& state) {
    const testing::TemporaryDirectory home;
    Batch batch;
    for (std::int64_t i = 0; i < state.range(0); ++i) {
        PolicyRecord record{.name = "tenants[tenant=customer-" + std::to_string(i) + "]",
                            .state = {},
                            .pause = std::nullopt};
        for (std::int64_t n = 0; n < state.range(1); ++n) {
            record.state.recommendations.push_back(
                {.replicas = {static_cast<std::int32_t>((i + n) % 50)},
                 .at = TimePoint{std::chrono::seconds{1'800'000'000 + n * 5}}});
        }
        batch.policies.push_back(std::move(record));
    }
    boost::asio::io_context io;
    auto store = StateStore::open({.directory = home / "state"}, io.get_executor());
    if (!store) {
        state.SkipWithError(store.error().message.c_str());
        return;
    }
    for (auto _ : state) {
        const Status written = testing::run(io, (*store)->commit(batch, Durability::tick));
        if (!written) {
            state.SkipWithError(written.error().message.c_str());
            return;
        }
    }
}
BENCHMARK(state_transaction)
    ->Args({10'000, 4})
    ->Args({10'000, 60})
    ->Args({100'000, 4})
    ->Unit(benchmark::kMillisecond)
    ->MeasureProcessCPUTime()
    ->UseRealTime();

/// What an intent costs before its call may leave: one small durable transaction.
void durable_intent(benchmark::State& state) {
    const testing::TemporaryDirectory home;
    boost::asio::io_context io;
    auto store = StateStore::open({.directory = home / "state"}, io.get_executor());
    if (!store) {
        state.SkipWithError(store.error().message.c_str());
        return;
    }
    std::uint64_t number = 0;
    for (auto _ : state) {
        Batch batch;
        batch.steps.push_back({.step = {.id = "1-" + std::to_string(++number),
                                        .policy = "web",
                                        .pool = "web",
                                        .from = {4},
                                        .to = {7}},
                               .identity = "local/web",
                               .phase = StepPhase::intended,
                               .intended_at = {},
                               .finished_at = std::nullopt,
                               .outcome = "",
                               .message = ""});
        benchmark::DoNotOptimize(
            testing::run(io, (*store)->commit(std::move(batch), Durability::full)));
    }
}
BENCHMARK(durable_intent)->Unit(benchmark::kMicrosecond)->UseRealTime();

}  // namespace
}  // namespace tided::daemon

BENCHMARK_MAIN();
