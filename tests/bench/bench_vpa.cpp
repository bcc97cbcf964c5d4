// What sizing costs, on the CPU samples of the golden stream 17-lognormal (another may be named as
// the argument) and on a histogram with all 176 buckets in use. Budgets: add <= 12 ns, percentile
// <= 20 ns with weights that change before each, 600 bytes a histogram (1.5 kB with all buckets),
// and no allocation.
//
// No two samples have the same time, so that no cache of a decay factor could help.
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "policy/vpa/estimate.h"
#include "policy/vpa/history.h"
#include "tests/bench/allocations.h"

namespace {

using namespace tided;
using namespace tided::policy::vpa;
using namespace std::chrono_literals;

struct CoreSample {
    TimePoint at;
    double cores;
};

std::string stream = TIDED_TEST_DATA "/golden/vpa/streams/17-lognormal.csv";

/// Rows "t_unix_ms,cpu,pod,container,millicores"; others are passed over.
std::vector<CoreSample> samples_of_stream() {
    std::vector<CoreSample> samples;
    std::ifstream file{stream};
    for (std::string line; std::getline(file, line);) {
        if (line.find(",cpu,") != std::string::npos) {
            const double milli = std::stod(line.substr(line.rfind(',') + 1));
            samples.push_back({TimePoint{Duration{std::stoll(line)}}, milli / 1000.0});
        }
    }
    return samples;
}

/// One sample in each bucket, and the last one fullest: the longest way to a high percentile.
std::vector<CoreSample> samples_of_all_buckets() {
    std::vector<CoreSample> samples;
    TimePoint at = from_unix_seconds(1'767'571'200);
    for (std::size_t bucket = 0; bucket < cpu_buckets().count(); ++bucket) {
        samples.push_back({at += 10min, std::nextafter(cpu_buckets().start(bucket), 1e9) * 1.0001});
    }
    return samples;
}

enum Samples : std::int64_t { lognormal, all_buckets };

/// A histogram with its samples in it, and the same samples to go on with, a millisecond apart.
class Subject {
public:
    explicit Subject(std::int64_t which)
        : samples_(which == lognormal ? samples_of_stream() : samples_of_all_buckets()) {
        for (const CoreSample& sample : samples_) {
            histogram.add(sample.cores, 0.1, sample.at);
            now_ = sample.at;
        }
    }
    void add() {
        now_ += 1ms;
        histogram.add(samples_[next_].cores, 0.1, now_);
        next_ = next_ + 1 == samples_.size() ? 0 : next_ + 1;
    }

    DecayingHistogram histogram{cpu_buckets(), 24h};

private:
    std::vector<CoreSample> samples_;
    std::size_t next_ = 0;
    TimePoint now_{};
};

void report(benchmark::State& run, std::size_t allocated_before, const DecayingHistogram& used) {
    run.counters["allocations"] = static_cast<double>(bench::allocations() - allocated_before) /
                                  static_cast<double>(run.iterations());
    run.counters["bytes"] = static_cast<double>(sizeof used + used.weights().heap_bytes());
}

void add(benchmark::State& run) {
    Subject subject{run.range(0)};
    const std::size_t before = bench::allocations();
    for (auto _ : run) {
        subject.add();
    }
    report(run, before, subject.histogram);
}
BENCHMARK(add)->Arg(lognormal)->Arg(all_buckets);

/// Subtract what add() takes: the weights change before each percentile.
void add_and_percentile(benchmark::State& run) {
    Subject subject{run.range(0)};
    const double p = static_cast<double>(run.range(1)) / 100.0;
    const std::size_t before = bench::allocations();
    for (auto _ : run) {
        subject.add();
        benchmark::DoNotOptimize(subject.histogram.percentile(p));
    }
    report(run, before, subject.histogram);
}
BENCHMARK(add_and_percentile)->ArgsProduct({{lognormal, all_buckets}, {50, 90, 95}});

void percentile(benchmark::State& run) {
    Subject subject{run.range(0)};
    const double p = static_cast<double>(run.range(1)) / 100.0;
    const std::size_t before = bench::allocations();
    for (auto _ : run) {
        benchmark::DoNotOptimize(&subject);
        benchmark::ClobberMemory();
        benchmark::DoNotOptimize(subject.histogram.percentile(p));
    }
    report(run, before, subject.histogram);
}
BENCHMARK(percentile)->ArgsProduct({{lognormal, all_buckets}, {50, 90, 95}});

/// Into a histogram that has the room, as the next round of recommendations does.
void merge(benchmark::State& run) {
    Subject subject{run.range(0)};
    DecayingHistogram into = subject.histogram;
    const std::size_t before = bench::allocations();
    for (auto _ : run) {
        into = subject.histogram;
        into.merge(subject.histogram);
        benchmark::ClobberMemory();
    }
    report(run, before, into);
}
BENCHMARK(merge)->Arg(lognormal)->Arg(all_buckets);

/// Six percentiles and the arithmetic of one container.
void estimate_container(benchmark::State& run) {
    const Settings settings;
    Aggregate aggregate{settings};
    aggregate.cpu = Subject{run.range(0)}.histogram;
    aggregate.apply({.add = Bytes{629'145'600}, .at = from_unix_seconds(1'767'571'200)});
    aggregate.last_sample = aggregate.first_sample + 24h;
    aggregate.samples = 1440;
    const Resources minimum = share_of_minimum(settings, 1);
    const std::size_t before = bench::allocations();
    for (auto _ : run) {
        benchmark::DoNotOptimize(estimate(aggregate, settings, minimum));
    }
    report(run, before, aggregate.cpu);
}
BENCHMARK(estimate_container)->Arg(lognormal)->Arg(all_buckets);

/// Values in no order: the processor cannot foresee the bucket.
void find_bucket(benchmark::State& run) {
    std::vector<double> values;
    for (std::uint32_t i = 0; i < 4096; ++i) {
        values.push_back(0.01 * std::exp2(static_cast<double>(i * 2654435761U % 4096U) / 240.0));
    }
    std::size_t next = 0;
    for (auto _ : run) {
        benchmark::DoNotOptimize(cpu_buckets().find(values[next++ % values.size()]));
    }
}
BENCHMARK(find_bucket);

}  // namespace

int main(int argc, char** argv) {
    benchmark::Initialize(&argc, argv);
    if (argc > 1) {
        stream = argv[1];
    }
    if (samples_of_stream().empty()) {
        std::fprintf(stderr, "%s: error: no CPU samples\n", stream.c_str());
        return 1;
    }
    benchmark::RunSpecifiedBenchmarks();
    benchmark::Shutdown();
    return 0;
}
