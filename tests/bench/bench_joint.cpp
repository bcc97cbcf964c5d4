// What one decision on count and size costs. Budgets: on a grid of 10 x 10 sizes, with a week of
// demand seen, <= 5 us when sizes are compared and no allocation, at rest and then.
#include <array>

#include <benchmark/benchmark.h>

#include "policy/joint/choose.h"
#include "policy/joint/wording.h"
#include "tests/bench/allocations.h"

namespace {

using namespace tided;
using namespace tided::policy::joint;
using namespace std::chrono_literals;

constexpr std::int64_t mib = 1024 * 1024;
const TimePoint start = from_unix_seconds(1'763'798'400);

constexpr std::array<TailPoint, 4> tail{
    {{{512 * mib}, 0.1}, {{1024 * mib}, 0.01}, {{2048 * mib}, 0.001}, {{4096 * mib}, 0.0001}}};

/// A pool whose load swings by day, watched for a week; memory grows with load.
struct Subject {
    Settings settings{.min = {2}, .max = {40}};
    State state;
    Inputs inputs{.current = {.replicas = {8}, .size = {{1000}, {2048 * mib}}},
                  .demand = Cores{5.0},
                  .memory = {.fixed = {700 * mib}, .per_core = {256 * mib}},
                  .tail = {.points = tail, .load = {0.5}}};

    Subject() {
        for (std::int64_t i = 1; i <= 10; ++i) {
            settings.grid.cpu.add({400 * i});
            settings.grid.memory.add({820 * mib * i});
        }
        for (int hour = 0; hour < 168; ++hour) {
            note(state.seen, {2.0 + hour % 24}, start + hour * 1h, settings.watched);
        }
        inputs.now = start + 168h;
    }
};

void report(benchmark::State& run, std::size_t allocated_before) {
    run.counters["allocations"] =
        benchmark::Counter(static_cast<double>(bench::allocations() - allocated_before),
                           benchmark::Counter::kAvgIterations);
}

void choose_at_rest(benchmark::State& run) {
    Subject subject;
    subject.state.reviewed = subject.inputs.now;
    const std::size_t before = bench::allocations();
    for (auto _ : run) {
        benchmark::DoNotOptimize(choose(subject.settings, subject.inputs, subject.state));
    }
    report(run, before);
}
BENCHMARK(choose_at_rest);

void choose_among_100_sizes(benchmark::State& run) {
    Subject subject;
    const std::size_t before = bench::allocations();
    for (auto _ : run) {
        subject.state.reviewed.reset();
        const Choice choice = choose(subject.settings, subject.inputs, subject.state);
        benchmark::DoNotOptimize(choice);
        if (!choice.ranking) {
            run.SkipWithError("sizes were not compared");
        }
    }
    report(run, before);
}
BENCHMARK(choose_among_100_sizes);

void explain_a_choice(benchmark::State& run) {
    Subject subject;
    const Choice choice = choose(subject.settings, subject.inputs, subject.state);
    const std::size_t before = bench::allocations();
    for (auto _ : run) {
        benchmark::DoNotOptimize(explain(choice));
    }
    report(run, before);
}
BENCHMARK(explain_a_choice);

}  // namespace

BENCHMARK_MAIN();
