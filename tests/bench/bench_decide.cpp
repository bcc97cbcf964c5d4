// What one decision costs, and a tick over 100,000 policies: here the core alone, in bench_tick.cpp
// the daemon's. Budgets: one decision on one metric with a history of 40 entries <= 1 us and no
// allocation at rest; the tick < 150 ms.
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "policy/computed.h"
#include "policy/decide.h"
#include "policy/explain.h"
#include "policy/guard.h"
#include "policy/learned_curve.h"
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
                    .metrics = {{.name = "rps", .rule = Target{.amount = 100.0}}}};
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

/// Two formulas, a threshold and a backlog that names two inputs.
void compute_and_decide_rules(benchmark::State& run) {
    Subject subject;
    const Formula load{{{.op = Op::metric, .metric = 1},
                        {.op = Op::constant, .constant = 30.0},
                        {.op = Op::divide},
                        {.op = Op::constant, .constant = 1.0},
                        {.op = Op::larger}}};
    subject.spec.metrics = {
        {.name = "load", .rule = PassThrough{}, .formula = load},
        {.name = "queue", .rule = Backlog{.drain_within = 5min, .rate = 2, .arrivals = 3}},
        {.name = "done", .rule = Input{}},
        {.name = "coming", .rule = Input{}, .formula = load},
        {.name = "cpu", .rule = Threshold{.above = 80.0, .add = {.amount = 2}}}};
    subject.spec.computed = {3, 0};
    subject.readings.assign(subject.spec.metrics.size(), Reading::of(60.0, 1s, 30s));
    TimePoint now = start;
    static_cast<void>(subject.decided(now));
    const std::size_t before = bench::allocations();
    for (auto _ : run) {
        now += 5s;
        compute(subject.spec, subject.readings);
        benchmark::DoNotOptimize(subject.decided(now));
    }
    report(run, before, 1.0);
}
BENCHMARK(compute_and_decide_rules);

/// A learned latency curve of 24 points, fitted anew at every tick.
void decide_by_learned_curve(benchmark::State& run) {
    Subject subject;
    subject.spec.metrics = {{.name = "p99", .rule = Latency{.objective = 0.25, .load = 1}},
                            {.name = "rps", .rule = Input{}}};
    double load = 10.0;
    for (std::size_t i = 0; i < most_points; ++i) {
        subject.state.curves.resize(1);
        subject.state.curves[0].metric = "p99";
        subject.state.curves[0].points.push_back(
            {.load = load, .latency = 0.05 + load / 1'000.0, .weight = 50.0});
        load *= 1.1;
    }
    TimePoint now = start;
    const auto tick = [&](int i) {
        now += 1ms;
        subject.readings = {Reading::of(0.1, 1s, 30s), Reading::of(800.0 + i % 50, 1s, 30s)};
        benchmark::DoNotOptimize(subject.decided(now));
    };
    subject.readings.reserve(2);
    for (int i = 0; i < 100; ++i) {
        tick(i);
    }
    int ticks = 0;
    const std::size_t before = bench::allocations();
    for (auto _ : run) {
        tick(++ticks);
    }
    report(run, before, 1.0);
}
BENCHMARK(decide_by_learned_curve);

/// A load that moves, learned from at every tick: each is an entry of its history.
void decide_by_capacity(benchmark::State& run) {
    Subject subject;
    subject.spec.metrics = {{.name = "rps", .rule = Capacity{.amount = 100.0}}};
    subject.spec.behavior.down.stabilization = {};
    TimePoint now = start;
    int ticks = 0;
    const auto tick = [&] {
        now += 15s;
        subject.readings.front() = Reading::of(4'000.0 + ++ticks % 200, 1s, 30s);
        benchmark::DoNotOptimize(subject.decided(now));
    };
    subject.readings.resize(1);
    tick();
    const std::size_t before = bench::allocations();
    for (auto _ : run) {
        tick();
    }
    report(run, before, 1.0);
}
BENCHMARK(decide_by_capacity);

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
    const PolicyState& state = subjects.front().state;
    run.counters["history"] = static_cast<double>(state.recommendations.size());
    run.counters["state_bytes"] = static_cast<double>(
        sizeof state + state.recommendations.capacity() * sizeof(Recommendation) +
        (state.ups.capacity() + state.downs.capacity()) * sizeof(ScaleEvent));
}
BENCHMARK(tick_100000_policies)->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
