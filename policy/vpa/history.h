// History: what is known of the use of one thing that is measured: a container, a service, a VM
// (recommender/model/aggregate_container_state.go). Nothing here knows which.
//
//   Aggregate   a histogram of CPU samples, one of memory peaks; how many CPU samples, from when to
//               when: that is all the confidence there is, also for memory
//   History     an Aggregate per class of days. The caller says of each sample which class its day
//               is (there are no time zones and no holidays here) and asks for the class of the day
//               to come. A class with too little confidence is not asked alone: both are pooled.
//
// Upstream has one Aggregate. With a half-life of a day, its Mondays are sized by Sundays.
#pragma once

#include <array>
#include <cstdint>

#include "policy/vocab/units.h"
#include "policy/vpa/day_class.h"
#include "policy/vpa/decaying_histogram.h"
#include "policy/vpa/memory_window.h"
#include "policy/vpa/settings.h"

namespace tided::policy::vpa {

struct Aggregate {
    DecayingHistogram cpu;     ///< cores
    DecayingHistogram memory;  ///< bytes
    TimePoint first_sample = never;
    TimePoint last_sample = never;
    std::int64_t samples = 0;

    explicit Aggregate(const Settings& settings)
        : cpu(cpu_buckets(), settings.cpu.half_life),
          memory(memory_buckets(), settings.memory.half_life) {}

    void add_cpu(TimePoint at, MilliCpu usage);
    void apply(const PeakChange& change);
    void subtract_memory(TimePoint at, Bytes peak);

    /// Takes over what `other` knows; its histograms may be brought to a younger reference.
    void merge(Aggregate& other);
};

/// min(age of the samples / interval, samples / minutes of the interval): 1 after a day of samples
/// every minute with an interval of a day. 0 without samples.
[[nodiscard]] double confidence(const Aggregate& aggregate, Duration interval);

class History {
public:
    using Days = std::array<Aggregate, day_classes>;

    explicit History(const Settings& settings);

    /// What is known of each class; pooled unless days are separate.
    History(Days days, const Settings& settings);

    /// Where samples of such a day go: always to the workdays unless days are separate.
    [[nodiscard]] Aggregate& of(DayClass day);

    void merge(History& other);

    /// Overwrites `into` with both classes; with room from an earlier call nothing is allocated.
    void pool(Aggregate& into);

    /// What to estimate a coming day of this class from: a part of the history, or `scratch` with
    /// both classes pooled.
    [[nodiscard]] const Aggregate& considered(DayClass coming,
                                              const Settings& settings,
                                              Aggregate& scratch);

    [[nodiscard]] const Days& days() const { return days_; }
    [[nodiscard]] std::int64_t samples() const;
    [[nodiscard]] TimePoint last_sample() const;

private:
    Days days_;
    bool separate_;
};

}  // namespace tided::policy::vpa
