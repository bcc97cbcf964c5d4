// Checkpoint: the content of upstream's VerticalPodAutoscalerCheckpoint, version v3, under its
// names (recommender/util/histogram.go, model/aggregate_container_state.go).
//
//   bucket_weights: the largest is 10000, the others in proportion, floor(x + 0.5); zeros left out
//   loaded weight = bucket_weight * total_weight / sum of bucket_weights; empty ends dropped
//
// What it says to be more than can be is refused: it would outweigh whatever is yet to come. A
// total grows with the age of its reference, so it is judged as it weighs at the last sample.
//
// So a round trip loses what is under a 20000th of the largest bucket, times finer than a second,
// and, see Ledger::checkpoints, the open memory windows. What tided itself keeps is in snapshot.h.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "policy/vocab/result.h"
#include "policy/vpa/history.h"
#include "policy/vpa/settings.h"

namespace tided::policy::vpa {

inline constexpr std::string_view checkpoint_version = "v3";

inline constexpr std::int64_t most_samples = std::int64_t{1} << 53U;
inline constexpr double most_weight = 1e15;  ///< half-lives of years at thousands of cores

struct HistogramCheckpoint {
    std::map<std::int64_t, std::uint32_t> bucket_weights = {};
    double total_weight = 0.0;
    TimePoint reference_timestamp = never;  ///< upstream writes null for never

    friend bool operator==(const HistogramCheckpoint&, const HistogramCheckpoint&) = default;
};

struct Checkpoint {
    std::string version{checkpoint_version};
    HistogramCheckpoint cpu_histogram{};
    HistogramCheckpoint memory_histogram{};
    TimePoint first_sample_start = never;
    TimePoint last_sample_start = never;
    std::int64_t total_samples_count = 0;

    friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};

[[nodiscard]] HistogramCheckpoint to_checkpoint(const Histogram& histogram);
[[nodiscard]] HistogramCheckpoint to_checkpoint(const DecayingHistogram& histogram);
[[nodiscard]] Checkpoint to_checkpoint(const Aggregate& aggregate);

/// Errors: a bucket that is none, a total that is negative or not finite.
[[nodiscard]] Result<Histogram> from_checkpoint(const HistogramCheckpoint& checkpoint,
                                                const Buckets& buckets);

/// Errors: another version, a histogram that cannot be read, more samples or weight than can be.
[[nodiscard]] Result<Aggregate> from_checkpoint(const Checkpoint& checkpoint,
                                                const Settings& settings);

}  // namespace tided::policy::vpa
