// Guards against acting on what is not known. The last two repeat what decide() promises, in the
// same terms (heard.h), so that a mistake there stays a refusal and nothing else is refused.
#include "policy/guards/vetoes.h"
#include "policy/heard.h"

namespace tided::policy {

Veto self_partition(const Move& move) {
    if (!move.around.self_partitioned) {
        return std::nullopt;
    }
    return "most sources and providers were silent at once, so our own network is suspected";
}

Veto observation_stale(const Move& move) {
    if (move.around.observation_age <= move.around.observation_max_age) {
        return std::nullopt;
    }
    return "the pool was last observed " + tided::to_string(move.around.observation_age) +
           " ago, at most " + tided::to_string(move.around.observation_max_age) + " is allowed";
}

Veto clock_jump(const Move& move) {
    const auto& until = move.around.clock_held_until;
    if (!move.is_down() || !until || *until <= move.around.now) {
        return std::nullopt;
    }
    return "the wall clock jumped, no scale-down before " + instant(*until);
}

Veto bounds(const Move& move) {
    const Replicas desired = move.decision.desired;
    if (desired >= move.decision.lowest && desired <= move.decision.highest) {
        return std::nullopt;
    }
    return to_string(desired) + " is outside " + to_string(move.decision.lowest) + " to " +
           to_string(move.decision.highest);
}

Veto freshness(const Move& move) {
    if (!move.is_down() || move.decision.current > move.decision.highest) {
        return std::nullopt;
    }
    const auto missing = first_not_fresh(move.spec, move.around.readings, move.decision.current);
    if (!missing) {
        return std::nullopt;
    }
    const bool is_named = *missing < move.spec.metrics.size();
    return "no scale-down without a fresh reading of " +
           (is_named ? move.spec.metrics[*missing].name : "every metric");
}

}  // namespace tided::policy
