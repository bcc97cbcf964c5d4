// What one decision costs, and a tick over 100,000 policies. Budgets: one decision on one metric
// with a history of 40 entries <= 1 us and no allocation at rest; the tick < 150 ms.
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "policy/decide.h"
#include "policy/explain.h"
#include "policy/guard.h"
#include "tests/bench/allocations.h"

namespace {

using namespace tided;
using namespace tided::policy;
using namespace std::chrono_literals;

constexpr std::int32_t history_length = 40;
constexpr std::size_t policy_count = 100'000;
const TimePoint start = from_unix_seconds(1'763'798'400);

/// One policy as a tick finds it: 40 replicas, proposals that have fallen by one every 5 s, so
/// that every entry of the history can still decide.
struct Subject {
    PolicySpec spec{.name = "web",
                    .min = {1},
                    .max = {1'000},
                    .metrics = {{.name = "rps", .target = {.amount = 100.0}}}};
    PolicyState state;
    Observed observed{.replicas = {40}, .present = {40}, .ready = {40}};
    std::vector<Reading> readings{Reading::of(100.0, 1s, 30s)};

    Subject() {
        for (std::int32_t i = 0; i < history_length; ++i) {
            state.recommendations.push_back(
                {.replicas = {history_length + 1 - i}, .at = start - (history_length - i) * 5s});
        }
        state.ups = {{.change = 2, .at = start - 200s}};
        state.downs = {{.change = 1, .at = start - 100s}};
    }
    Decision decided(TimePoint now) {
        return decide(spec, {.now = now, .observed = &observed, .readings = readings}, state);
    }
};

/// Puts allocations and nanoseconds per item beside the benchmark's own time.
void report(benchmark::State& run, std::size_t allocated_before, double items) {
    const auto allocated = static_cast<double>(bench::allocations() - allocated_before);
    run.counters["allocations"] =
        benchmark::Counter(allocated / items, benchmark::Counter::kAvgIterations);
    run.counters["per_item"] = benchmark::Counter(
        items, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

void decide_held_by_history(benchmark::State& run) {
    Subject subject;
    static_cast<void>(subject.decided(start));
    const std::size_t before = bench::allocations();
    for (auto _ : run) {
        benchmark::DoNotOptimize(subject.decided(start));
    }
    report(run, before, 1.0);
    run.counters["history"] = static_cast<double>(subject.state.recommendations.size());
}
BENCHMARK(decide_held_by_history);

void decide_at_rest(benchmark::State& run) {
    Subject subject;
    subject.readings = {Reading::of(4'000.0, 1s, 30s)};
    TimePoint now = start;
    static_cast<void>(subject.decided(now));
    const std::size_t before = bench::allocations();
    for (auto _ : run) {
        now += 5s;
        benchmark::DoNotOptimize(subject.decided(now));
    }
    report(run, before, 1.0);
}
BENCHMARK(decide_at_rest);

void decide_up_within_rates(benchmark::State& run) {
    Subject subject;
    subject.readings = {Reading::of(50'000.0, 1s, 30s)};
    TimePoint now = start;
    static_cast<void>(subject.decided(now));
    const std::size_t before = bench::allocations();
    for (auto _ : run) {
        now += 5s;
        benchmark::DoNotOptimize(subject.decided(now));
    }
    report(run, before, 1.0);
}
BENCHMARK(decide_up_within_rates);

void explain_a_step(benchmark::State& run) {
    Subject subject;
    subject.readings = {Reading::of(50'000.0, 1s, 30s)};
    const Decision decision = subject.decided(start);
    const Plan planned = plan(subject.spec, subject.state, decision, {.now = start});
    const std::size_t before = bench::allocations();
    for (auto _ : run) {
        benchmark::DoNotOptimize(explain(decision, planned, subject.spec));
    }
    report(run, before, 1.0);
}
BENCHMARK(explain_a_step);

void tick_100000_policies(benchmark::State& run) {
    std::vector<Subject> subjects(policy_count);
    TimePoint now = start;
    for (Subject& subject : subjects) {
        static_cast<void>(subject.decided(now));
    }
    const std::size_t before = bench::allocations();
    for (auto _ : run) {
        now += 5ms;
        for (Subject& subject : subjects) {
            const Decision decision = subject.decided(now);
            benchmark::DoNotOptimize(plan(subject.spec, subject.state, decision, {.now = now}));
        }
    }
    report(run, before, static_cast<double>(policy_count));
    run.counters["history"] = static_cast<double>(subjects.front().state.recommendations.size());
}
BENCHMARK(tick_100000_policies)->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
