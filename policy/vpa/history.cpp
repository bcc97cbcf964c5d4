// Adding and merging: see the header.
#include "policy/vpa/history.h"

#include <algorithm>
#include <limits>

#include "policy/vpa/amount.h"

namespace tided::policy::vpa {

namespace {

constexpr double cpu_weight = 0.1;
constexpr double peak_weight = 1.0;

/// Minutes as upstream's clock counts them: whole ones, and what is left over.
double minutes_of(Duration span) {
    const auto whole = std::chrono::duration_cast<std::chrono::minutes>(span);
    return static_cast<double>(whole.count()) + periods(span - whole, std::chrono::minutes{1});
}

/// At most what can be counted. REQUIRES: neither is negative.
std::int64_t plus(std::int64_t samples, std::int64_t more) {
    constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
    return more > most - samples ? most : samples + more;
}

}  // namespace

void Aggregate::add_cpu(TimePoint at, MilliCpu usage) {
    cpu.add(cores_of(usage), cpu_weight, at);
    last_sample = std::max(last_sample, at);
    first_sample = first_sample == never ? at : std::min(first_sample, at);
    samples = plus(samples, 1);
}

void Aggregate::apply(const PeakChange& change) {
    if (change.subtract) {
        subtract_memory(change.at, *change.subtract);
    }
    if (change.add) {
        memory.add(bytes_of(*change.add), peak_weight, change.at);
    }
}

void Aggregate::subtract_memory(TimePoint at, Bytes peak) {
    memory.subtract(bytes_of(peak), peak_weight, at);
}

void Aggregate::merge(Aggregate& other) {
    cpu.merge(other.cpu);
    memory.merge(other.memory);
    if (first_sample == never ||
        (other.first_sample != never && other.first_sample < first_sample)) {
        first_sample = other.first_sample;
    }
    last_sample = std::max(last_sample, other.last_sample);
    samples = plus(samples, other.samples);
}

double confidence(const Aggregate& aggregate, Duration interval) {
    const double lifespan = periods(aggregate.last_sample - aggregate.first_sample, interval);
    const double amount = static_cast<double>(aggregate.samples) / minutes_of(interval);
    return std::min(lifespan, amount);
}

History::History(const Settings& settings)
    : days_{Aggregate{settings}, Aggregate{settings}}, separate_(settings.separate_days) {}

History::History(Days days, const Settings& settings)
    : days_(std::move(days)), separate_(settings.separate_days) {
    if (!separate_) {
        days_[0].merge(days_[1]);
        days_[1] = Aggregate{settings};
    }
}

Aggregate& History::of(DayClass day) {
    return days_[separate_ ? static_cast<std::size_t>(day) : 0];
}

void History::merge(History& other) {
    for (std::size_t day = 0; day < day_classes; ++day) {
        days_[day].merge(other.days_[day]);
    }
}

void History::pool(Aggregate& into) {
    into = days_[0];
    into.merge(days_[1]);
}

const Aggregate& History::considered(DayClass coming,
                                     const Settings& settings,
                                     Aggregate& scratch) {
    const Aggregate& own = of(coming);
    if (!separate_ ||
        confidence(own, settings.cpu.confidence_interval) >= settings.days_apart_from) {
        return own;
    }
    pool(scratch);
    return scratch;
}

std::int64_t History::samples() const {
    return plus(days_[0].samples, days_[1].samples);
}

TimePoint History::last_sample() const {
    return std::max(days_[0].last_sample, days_[1].last_sample);
}

}  // namespace tided::policy::vpa
