// The order of statements is upstream's: which peak is subtracted depends on it.
#include "policy/vpa/memory_window.h"

#include <algorithm>
#include <limits>

#include "policy/vpa/amount.h"

namespace tided::policy::vpa {

namespace {

/// Opens the window in which `sample` lies, if it is not in the present one.
bool has_opened(MemoryWindow& window, const MemorySample& sample, Duration interval) {
    if (window.end == never) {
        window.end = sample.at;
    }
    if (sample.at < window.end) {
        return false;
    }
    window.end += (sample.at - window.end) / interval * interval + interval;
    window.usage_peak = {};
    window.oom_peak = {};
    window.day = sample.day;
    return true;
}

PeakChange raise(MemoryWindow& window,
                 const MemorySample& sample,
                 Duration interval,
                 Bytes MemoryWindow::*kind_of_peak) {
    window.last_sample = sample.at;
    const bool is_first = has_opened(window, sample, interval);
    const Bytes before = window.peak();
    if (!is_first && (before == Bytes{} || sample.usage <= before)) {
        return {.at = window.end};
    }
    window.*kind_of_peak = sample.usage;
    return {.subtract = is_first ? std::nullopt : std::optional{before},
            .add = sample.usage,
            .at = window.end};
}

Bytes needed_after_kill(Bytes used, const IntakeRules& rules) {
    constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
    const std::int64_t bump = memory_of_bytes(bytes_of(rules.oom_min_bump)).count;
    const std::int64_t bumped = used.count > most - bump ? most : used.count + bump;
    return {std::max(bumped, scaled(used.count, rules.oom_ratio.value))};
}

}  // namespace

std::optional<PeakChange> take(MemoryWindow& window,
                               const MemorySample& sample,
                               const IntakeRules& rules) {
    if (sample.usage < Bytes{} || sample.at < window.last_sample) {
        return std::nullopt;
    }
    return raise(window, sample, rules.interval, &MemoryWindow::usage_peak);
}

std::optional<PeakChange> take(MemoryWindow& window,
                               const OutOfMemory& kill,
                               const IntakeRules& rules) {
    if (window.last_sample != never && kill.at < window.last_sample - rules.interval) {
        return std::nullopt;
    }
    const Bytes used = std::max(kill.request, window.usage_peak);
    return raise(window,
                 {.at = kill.at, .usage = needed_after_kill(used, rules), .day = kill.day},
                 rules.interval,
                 &MemoryWindow::oom_peak);
}

}  // namespace tided::policy::vpa
