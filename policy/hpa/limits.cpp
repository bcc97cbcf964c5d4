#include "policy/hpa/limits.h"

#include <algorithm>
#include <cmath>

#include "policy/rates.h"
#include "policy/strategy.h"

namespace tided::policy::hpa {

namespace {

constexpr double smallest_cap = 4.0;

/// Puts `entry` over the last one that is `old`, else at the end.
template <typename Entry, typename IsOld>
void put(std::vector<Entry>& entries, const Entry& entry, const IsOld& is_old) {
    const auto last = std::find_if(entries.rbegin(), entries.rend(), is_old);
    if (last == entries.rend()) {
        entries.push_back(entry);
    } else {
        *last = entry;
    }
}

Limited cut(const RateLimit& limit, Replicas to, ConditionReason reason) {
    return {.replicas = to, .reason = reason, .rate = limit.rate, .start = limit.start};
}

}  // namespace

Limited limited_by_behavior(const PolicySpec& spec,
                            Replicas stable,
                            Replicas current,
                            const PolicyState& state,
                            TimePoint now) {
    if (stable > current) {
        const RateLimit limit =
            up_limit(spec.behavior.up, current, state, now, FromZero::needs_pods);
        const Replicas upper = std::min(spec.max, limit.replicas);
        if (stable > upper) {
            return spec.max > limit.replicas ? cut(limit, upper, ConditionReason::scale_up_limit)
                                             : cut({}, upper, ConditionReason::too_many_replicas);
        }
    }
    if (stable < current) {
        const RateLimit limit = down_limit(spec.behavior.down, current, state, now);
        const Replicas lower = std::max(spec.min, limit.replicas);
        if (stable < lower) {
            return spec.min < limit.replicas ? cut(limit, lower, ConditionReason::scale_down_limit)
                                             : cut({}, lower, ConditionReason::too_few_replicas);
        }
    }
    return {.replicas = stable};
}

Limited limited_by_default(const PolicySpec& spec, Replicas stable, Replicas current) {
    if (stable < spec.min) {
        return {.replicas = spec.min, .reason = ConditionReason::too_few_replicas};
    }
    const Replicas cap = rounded_up(
        std::trunc(std::max(spec.kubernetes.scale_up_factor * current.count, smallest_cap)));
    const bool is_capped = spec.max > cap;
    const Replicas upper = is_capped ? cap : spec.max;
    if (stable > upper) {
        return {.replicas = upper,
                .reason = is_capped ? ConditionReason::scale_up_limit
                                    : ConditionReason::too_many_replicas};
    }
    return {.replicas = stable};
}

Replicas highest_recent(Recommendation proposed,
                        Duration window,
                        std::vector<Recommendation>& history) {
    const TimePoint since = proposed.at - window;
    Replicas highest = proposed.replicas;
    for (const Recommendation& past : history) {
        highest = past.at < since ? highest : std::max(highest, past.replicas);
    }
    put(history, proposed, [&](const Recommendation& past) { return past.at < since; });
    return highest;
}

void note_in_slot(const Behavior& behavior,
                  Recommendation proposed,
                  std::vector<Recommendation>& history) {
    const TimePoint since =
        proposed.at - std::max(behavior.up.stabilization, behavior.down.stabilization);
    put(history, proposed, [&](const Recommendation& past) { return past.at < since; });
}

void note_event(const ScalingRules& rules, ScaleEvent event, std::vector<ScaleEvent>& events) {
    Duration longest{};
    for (const RatePolicy& rate : rules.rates) {
        longest = std::max(longest, rate.period);
    }
    put(events, event, [&](const ScaleEvent& past) { return past.at < event.at - longest; });
}

}  // namespace tided::policy::hpa
