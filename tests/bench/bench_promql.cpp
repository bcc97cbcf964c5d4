// What one instant evaluation costs on stored samples: sum(rate(x[1m])) over 10 and 1,000 series
// scraped every 5 s (12 samples in the range), a plain sum, a grouped one, a hundred policies with
// a part in common, and one parse.
#include <memory>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "metrics/evaluate.h"
#include "metrics/promql/parser.h"
#include "metrics/promql/shared_parts.h"
#include "tests/bench/allocations.h"

namespace {

using namespace tided;
using namespace tided::metrics;
using namespace std::chrono_literals;

const TimePoint start = from_unix_seconds(1'763'798'400);
constexpr auto held = 5min;
constexpr auto interval = 5s;

void fill(Store& store, std::int64_t series) {
    for (std::int64_t i = 0; i < series; ++i) {
        const SeriesId id = store
                                .intern(normalised({{"__name__", "x"},
                                                    {"instance", std::to_string(i)},
                                                    {"job", "job" + std::to_string(i % 10)}}))
                                .value();
        double value = static_cast<double>(i);
        for (Duration at{}; at <= held; at += interval) {
            store.append(id, start + at, value += 3.0);
        }
    }
}

/// Puts allocations and nanoseconds per series beside the benchmark's own time.
void report(benchmark::State& run, std::size_t allocated_before, double series) {
    const auto allocated = static_cast<double>(bench::allocations() - allocated_before);
    run.counters["allocations"] = benchmark::Counter(allocated, benchmark::Counter::kAvgIterations);
    run.counters["per_series"] = benchmark::Counter(
        series, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

void evaluate_expression(benchmark::State& run, const char* expression) {
    Store store;
    fill(store, run.range(0));
    auto evaluator = make_evaluator(expression).value();
    benchmark::DoNotOptimize(evaluate(evaluator, store, start + held, 30s));
    const std::size_t before = bench::allocations();
    for (auto _ : run) {
        benchmark::DoNotOptimize(evaluate(evaluator, store, start + held, 30s));
    }
    report(run, before, static_cast<double>(run.range(0)));
}

void sum_of_rates(benchmark::State& run) {
    evaluate_expression(run, "sum(rate(x[1m]))");
}

void sum_of_instants(benchmark::State& run) {
    evaluate_expression(run, "sum(x)");
}

void sum_by_job(benchmark::State& run) {
    evaluate_expression(run, "max(sum by (job) (rate(x[1m])))");
}

// A tick: a hundred expressions, each its own beside a sum that all of them have.
void hundred_policies(benchmark::State& run, bool are_sharing) {
    Store store;
    fill(store, run.range(0));
    const auto parts = std::make_shared<promql::SharedParts>();
    std::vector<promql::Evaluator> evaluators;
    for (int i = 0; i < 100; ++i) {
        evaluators.push_back(make_evaluator("sum(rate(x[1m])) / " + std::to_string(i + 1)).value());
        if (are_sharing) {
            evaluators.back().share(parts);
        }
    }
    TimePoint now = start + held;
    const std::size_t before = bench::allocations();
    for (auto _ : run) {
        now += Duration{1};
        for (promql::Evaluator& evaluator : evaluators) {
            benchmark::DoNotOptimize(evaluate(evaluator, store, now, 30s));
        }
    }
    report(run, before, static_cast<double>(run.range(0)));
}

void policies_alone(benchmark::State& run) {
    hundred_policies(run, false);
}

void policies_sharing(benchmark::State& run) {
    hundred_policies(run, true);
}

void parse_expression(benchmark::State& run) {
    const std::size_t before = bench::allocations();
    for (auto _ : run) {
        benchmark::DoNotOptimize(
            promql::parse("sum by (job) (rate(http_requests_total{code!~\"5..\"}[1m])) > 10"));
    }
    report(run, before, 1.0);
}

BENCHMARK(sum_of_rates)->Arg(10)->Arg(1'000);
BENCHMARK(sum_of_instants)->Arg(10)->Arg(1'000);
BENCHMARK(sum_by_job)->Arg(10)->Arg(1'000);
BENCHMARK(policies_alone)->Arg(1'000)->Iterations(20);
BENCHMARK(policies_sharing)->Arg(1'000)->Iterations(20);
BENCHMARK(parse_expression);

}  // namespace

BENCHMARK_MAIN();
