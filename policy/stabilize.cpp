#include "policy/stabilize.h"

#include <algorithm>

namespace tided::policy {

Replicas stabilized(const Behavior& behavior,
                    Recommendation proposed,
                    Replicas current,
                    const std::vector<Recommendation>& history,
                    ReasonChain& reasons) {
    Replicas lowest = proposed.replicas;
    Replicas highest = proposed.replicas;
    const TimePoint up_since = proposed.at - behavior.up.stabilization;
    const TimePoint down_since = proposed.at - behavior.down.stabilization;
    for (const Recommendation& past : history) {
        if (past.at > up_since) {
            lowest = std::min(lowest, past.replicas);
        }
        if (past.at > down_since) {
            highest = std::max(highest, past.replicas);
        }
    }
    const Replicas result = std::min(std::max(current, lowest), highest);
    if (result != proposed.replicas) {
        const bool up = proposed.replicas > current;
        reasons.add({.code = up ? ReasonCode::stabilized_up : ReasonCode::stabilized_down,
                     .from = proposed.replicas,
                     .to = result,
                     .value = static_cast<double>((up ? lowest : highest).count),
                     .duration = up ? behavior.up.stabilization : behavior.down.stabilization});
    }
    return result;
}

void note_recommendation(const Behavior& behavior,
                         Recommendation proposed,
                         std::vector<Recommendation>& history) {
    const TimePoint since =
        proposed.at - std::max(behavior.up.stabilization, behavior.down.stabilization);
    Replicas lowest = proposed.replicas;
    Replicas highest = proposed.replicas;
    // Youngest first, keepers gathered at the back. Invariant: [kept, end) are the entries that
    // can still decide a window, and lowest/highest span them and `proposed`.
    auto kept = history.end();
    for (auto entry = history.end(); entry != history.begin();) {
        --entry;
        const bool decides = entry->replicas < lowest || entry->replicas > highest;
        if (entry->at > since && decides) {
            lowest = std::min(lowest, entry->replicas);
            highest = std::max(highest, entry->replicas);
            *--kept = *entry;
        }
    }
    history.erase(history.begin(), kept);
    history.push_back(proposed);
}

void forget_expired(const Behavior& behavior, TimePoint now, std::vector<Recommendation>& history) {
    const Duration down = behavior.down.stabilization;
    const Duration window = down > Duration{0} ? down : behavior.up.stabilization;
    if (window > Duration{0} && !history.empty() && history.back().at <= now - window) {
        history.clear();
    }
}

}  // namespace tided::policy
