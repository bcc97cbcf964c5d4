// Quantised histograms, there and back: see the header.
#include "policy/vpa/checkpoint.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace tided::policy::vpa {

namespace {

constexpr double largest_weight = 10000.0;

TimePoint whole_seconds(TimePoint at) {
    return std::chrono::floor<std::chrono::seconds>(at);
}

double sum_of(const std::map<std::int64_t, std::uint32_t>& weights) {
    std::int64_t sum = 0;
    for (const auto& [bucket, weight] : weights) {
        sum += weight;
    }
    return static_cast<double>(sum);
}

Status readable(const HistogramCheckpoint& checkpoint, const Buckets& buckets) {
    if (!(checkpoint.total_weight >= 0.0) || !std::isfinite(checkpoint.total_weight)) {
        return fail(ErrorCode::invalid_input, "the total weight is negative or not finite");
    }
    const auto count = static_cast<std::int64_t>(buckets.count());
    for (const auto& [bucket, weight] : checkpoint.bucket_weights) {
        if (bucket < 0 || bucket >= count) {
            return fail(ErrorCode::invalid_input,
                        "bucket " + std::to_string(bucket) + " is not one of the " +
                            std::to_string(count) + " buckets");
        }
    }
    return {};
}

/// "1e+308", for a weight that is refused.
std::string in_words(double weight) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.3g", weight);
    return text.data();
}

Result<DecayingHistogram> read(const HistogramCheckpoint& checkpoint,
                               const Buckets& buckets,
                               Duration half_life,
                               TimePoint last_sample) {
    const Duration grown = std::max(last_sample - checkpoint.reference_timestamp, Duration{});
    const double weight = checkpoint.total_weight * std::exp2(-periods(grown, half_life));
    if (weight > most_weight) {
        return fail(
            ErrorCode::invalid_input,
            "the total weight is " + in_words(weight) + " at the last sample, which cannot be");
    }
    return from_checkpoint(checkpoint, buckets).map([&](Histogram&& weights) {
        return DecayingHistogram{std::move(weights), half_life, checkpoint.reference_timestamp};
    });
}

}  // namespace

HistogramCheckpoint to_checkpoint(const Histogram& histogram) {
    HistogramCheckpoint checkpoint{.total_weight = histogram.total()};
    double largest = 0.0;
    for (std::size_t bucket = histogram.min(); bucket <= histogram.max(); ++bucket) {
        largest = std::max(largest, histogram.weight(bucket));
    }
    if (largest == 0.0) {
        return checkpoint;
    }
    const double ratio = largest_weight / largest;
    for (std::size_t bucket = histogram.min(); bucket <= histogram.max(); ++bucket) {
        const double weight = std::floor(histogram.weight(bucket) * ratio + 0.5);
        if (weight > 0.0) {
            checkpoint.bucket_weights.emplace(bucket, static_cast<std::uint32_t>(weight));
        }
    }
    return checkpoint;
}

HistogramCheckpoint to_checkpoint(const DecayingHistogram& histogram) {
    HistogramCheckpoint checkpoint = to_checkpoint(histogram.weights());
    checkpoint.reference_timestamp = whole_seconds(histogram.reference());
    return checkpoint;
}

Checkpoint to_checkpoint(const Aggregate& aggregate) {
    return {.cpu_histogram = to_checkpoint(aggregate.cpu),
            .memory_histogram = to_checkpoint(aggregate.memory),
            .first_sample_start = whole_seconds(aggregate.first_sample),
            .last_sample_start = whole_seconds(aggregate.last_sample),
            .total_samples_count = aggregate.samples};
}

Result<Histogram> from_checkpoint(const HistogramCheckpoint& checkpoint, const Buckets& buckets) {
    if (Status status = readable(checkpoint, buckets); !status) {
        return fail(std::move(status).error());
    }
    const double sum = sum_of(checkpoint.bucket_weights);
    if (sum == 0.0) {
        return Histogram{buckets};
    }
    const std::int64_t first = checkpoint.bucket_weights.begin()->first;
    const std::int64_t last = checkpoint.bucket_weights.rbegin()->first;
    HistogramState state{
        .min = static_cast<std::uint16_t>(buckets.count() - 1),
        .first = static_cast<std::uint16_t>(first),
        .total = checkpoint.total_weight,
        .weights = std::vector<double>(static_cast<std::size_t>(last - first + 1))};
    for (const auto& [bucket, share] : checkpoint.bucket_weights) {
        const double weight = static_cast<double>(share) * (checkpoint.total_weight / sum);
        state.weights[static_cast<std::size_t>(bucket - first)] = weight;
        if (weight >= buckets.epsilon()) {
            state.min = std::min(state.min, static_cast<std::uint16_t>(bucket));
            state.max = std::max(state.max, static_cast<std::uint16_t>(bucket));
        }
    }
    return Histogram{buckets, std::move(state)};
}

Result<Aggregate> from_checkpoint(const Checkpoint& checkpoint, const Settings& settings) {
    if (checkpoint.version != checkpoint_version) {
        return fail(ErrorCode::unsupported,
                    "checkpoint version \"" + checkpoint.version + "\" is not \"v3\"");
    }
    if (checkpoint.total_samples_count < 0 || checkpoint.total_samples_count > most_samples) {
        return fail(ErrorCode::invalid_input,
                    std::to_string(checkpoint.total_samples_count) + " samples cannot be");
    }
    const TimePoint last = checkpoint.last_sample_start;
    auto cpu = read(checkpoint.cpu_histogram, cpu_buckets(), settings.cpu.half_life, last);
    if (!cpu) {
        return fail(std::move(cpu).error().within("CPU histogram"));
    }
    auto memory =
        read(checkpoint.memory_histogram, memory_buckets(), settings.memory.half_life, last);
    if (!memory) {
        return fail(std::move(memory).error().within("memory histogram"));
    }
    Aggregate aggregate{settings};
    aggregate.cpu = std::move(*cpu);
    aggregate.memory = std::move(*memory);
    aggregate.first_sample = checkpoint.first_sample_start;
    aggregate.last_sample = checkpoint.last_sample_start;
    aggregate.samples = checkpoint.total_samples_count;
    return aggregate;
}

}  // namespace tided::policy::vpa
