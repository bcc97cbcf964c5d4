// Guards that look at the steps just made (PolicyState::steps, the last hour).
#include <algorithm>

#include "policy/guards/vetoes.h"

namespace tided::policy {

namespace {

constexpr Duration hour = std::chrono::hours{1};
constexpr Duration shortest_damping = std::chrono::minutes{1};
constexpr std::int64_t most_doublings = 20;  // far beyond any `longest`

/// The last step, or the last one upward; null: there is none.
const StepMark* last_step(const PolicyState& state, bool upward_only) {
    const auto at = std::find_if(state.steps.rbegin(), state.steps.rend(), [&](const StepMark& s) {
        return !upward_only || s.is_up();
    });
    return at == state.steps.rend() ? nullptr : &*at;
}

struct Turns {
    std::int64_t count = 0;
    TimePoint last{};
};

/// Steps that went the other way than the step before them, which is younger than `within`.
Turns turns_of(const PolicyState& state, Duration within, TimePoint now) {
    Turns turns;
    for (std::size_t i = 1; i < state.steps.size(); ++i) {
        const StepMark& step = state.steps[i];
        if (state.steps[i - 1].at > now - within && step.is_up() != state.steps[i - 1].is_up()) {
            ++turns.count;
            turns.last = step.at;
        }
    }
    return turns;
}

/// Twice the stabilization from the first turn too many on, doubled with each further one.
Duration damping(const PolicySpec& spec, std::int64_t excess) {
    const Duration base = std::max(spec.behavior.down.stabilization, shortest_damping);
    const Duration longest = std::max(spec.guards.flapping.longest, base);
    const std::int64_t doublings = std::min(excess + 1, most_doublings);
    return base > longest / (std::int64_t{1} << doublings) ? longest
                                                           : base * (std::int64_t{1} << doublings);
}

}  // namespace

Veto in_flight(const Move& move) {
    if (!move.around.step_in_flight) {
        return std::nullopt;
    }
    return "an earlier step is still in flight";
}

Veto back_off(const Move& move) {
    const auto& until = move.around.retry_not_before;
    if (!until || *until <= move.around.now) {
        return std::nullopt;
    }
    return "the last step failed, no retry before " + instant(*until);
}

Veto cooldown(const Move& move) {
    const ScalingRules& rules = move.is_down() ? move.spec.behavior.down : move.spec.behavior.up;
    const StepMark* last = last_step(move.state, !move.is_down());
    if (is_correcting(move.decision) || last == nullptr ||
        last->at + rules.cooldown <= move.around.now) {
        return std::nullopt;
    }
    return std::string{move.is_down() ? "scale_down" : "scale_up"} + " cools down for " +
           tided::to_string(rules.cooldown) + " after the step from " + to_string(last->from) +
           " to " + to_string(last->to) + ", until " + instant(last->at + rules.cooldown);
}

Veto steps_per_hour(const Move& move) {
    const std::int32_t budget = move.spec.guards.steps_per_hour;
    const auto made = std::ranges::count_if(
        move.state.steps, [&](const StepMark& step) { return step.at > move.around.now - hour; });
    if (is_correcting(move.decision) || budget == 0 || made < budget) {
        return std::nullopt;
    }
    return std::to_string(made) + " steps were made in the last hour, steps_per_hour is " +
           std::to_string(budget);
}

Veto flapping(const Move& move) {
    const FlappingRule& rule = move.spec.guards.flapping;
    if (!move.is_down() || is_correcting(move.decision) || rule.turns == 0) {
        return std::nullopt;
    }
    const Turns turns = turns_of(move.state, rule.within, move.around.now);
    if (turns.count < rule.turns) {
        return std::nullopt;
    }
    const Duration wait = damping(move.spec, turns.count - rule.turns);
    if (turns.last + wait <= move.around.now) {
        return std::nullopt;
    }
    return "it turned round " + std::to_string(turns.count) + " times within " +
           tided::to_string(rule.within) + ", so scale_down waits " + tided::to_string(wait) +
           " instead of " + tided::to_string(move.spec.behavior.down.stabilization) + ", until " +
           instant(turns.last + wait);
}

}  // namespace tided::policy
