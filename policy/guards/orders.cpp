// Guards that carry out what somebody has said.
#include <algorithm>
#include <cstdlib>

#include "policy/guards/vetoes.h"
#include "policy/schedule.h"

namespace tided::policy {

namespace {

std::string with_reason(const std::string& text, const std::string& reason) {
    return reason.empty() ? text : text + ": " + reason;
}

/// Replicas added or removed.
std::int64_t step_size(const Decision& decision) {
    return std::abs(std::int64_t{decision.desired.count} - decision.current.count);
}

/// Whether it was meant for steps this way.
bool is_this_way(const Approval& approval, Direction direction) {
    return !approval.from || (direction == Direction::up ? approval.to > *approval.from
                                                         : approval.to < *approval.from);
}

bool covers(const Approval& approval, const Decision& decision, TimePoint now) {
    const auto [lowest, highest] = std::minmax(decision.current, approval.to);
    return now < approval.until && is_this_way(approval, decision.direction()) &&
           lowest <= decision.desired && decision.desired <= highest;
}

}  // namespace

Veto brake(const Move& move) {
    if (move.around.brake == nullptr) {
        return std::nullopt;
    }
    const Brake& pulled = *move.around.brake;
    return with_reason(
        "the emergency brake was pulled by " + pulled.owner + " at " + instant(pulled.since),
        pulled.reason);
}

Veto pause(const Move& move) {
    const Pause* order = move.around.pause;
    if (order == nullptr || (order->until && *order->until <= move.around.now)) {
        return std::nullopt;
    }
    return with_reason("paused by " + order->owner +
                           (order->until ? " until " + instant(*order->until) : " until resumed"),
                       order->reason);
}

Veto freeze(const Move& move) {
    const auto holding = frozen_by(move.spec.schedule, move.around.now);
    return holding ? Veto{freeze_clause(move.spec.schedule, *holding, move.around.now)}
                   : std::nullopt;
}

bool needs_approval(const PolicySpec& spec, const Decision& decision) {
    if (is_restoring(decision)) {
        return false;
    }
    const ApprovalRule& rule = spec.guards.approval;
    const std::int64_t size = step_size(decision);
    const Replicas whole = std::max({decision.current, spec.min, Replicas{1}});
    const double share = static_cast<double>(size) / static_cast<double>(whole.count);
    return (rule.above && size > rule.above->count) ||
           (rule.above_share && share > rule.above_share->value);
}

Veto approval(const Move& move) {
    if (!needs_approval(move.spec, move.decision)) {
        return std::nullopt;
    }
    if (move.around.approval != nullptr &&
        covers(*move.around.approval, move.decision, move.around.now)) {
        return std::nullopt;
    }
    return "a step of " + std::to_string(step_size(move.decision)) +
           " needs approval: tided approve " + move.spec.name + " --to " +
           to_string(move.decision.desired);
}

}  // namespace tided::policy
