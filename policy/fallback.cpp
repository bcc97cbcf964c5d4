#include "policy/fallback.h"

#include <algorithm>

#include "policy/heard.h"

namespace tided::policy {

namespace {

bool has_fallback(const MetricSpec& metric) {
    return metric.fallback.has_value();
}

bool is_heard(const PolicySpec& spec, const Inputs& inputs, std::size_t metric) {
    constexpr Replicas some{1};  // while the count is not known
    const Replicas count = inputs.observed == nullptr ? some : inputs.observed->replicas;
    return metric < inputs.readings.size() &&
           (as_number(inputs.readings[metric]).freshness >= Freshness::partial ||
            speaks_without_value(spec, inputs.readings, metric, count));
}

}  // namespace

void note_silence(const PolicySpec& spec, const Inputs& inputs, PolicyState& state) {
    if (std::ranges::none_of(spec.metrics, has_fallback)) {
        return;
    }
    state.silent_since.resize(spec.metrics.size());
    for (std::size_t i = 0; i < spec.metrics.size(); ++i) {
        std::optional<TimePoint>& since = state.silent_since[i];
        if (!has_fallback(spec.metrics[i]) || is_heard(spec, inputs, i)) {
            since.reset();
        } else if (!since) {
            since = inputs.now;
        }
    }
}

std::optional<Duration> overdue(const PolicySpec& spec,
                                const PolicyState& state,
                                std::size_t metric,
                                TimePoint now) {
    const auto& fallback = spec.metrics[metric].fallback;
    if (!fallback || metric >= state.silent_since.size() || !state.silent_since[metric]) {
        return std::nullopt;
    }
    const Duration silent = now - *state.silent_since[metric];
    return silent >= fallback->after ? std::optional{silent} : std::nullopt;
}

}  // namespace tided::policy
