// Guards that carry out what somebody has said.
#include <algorithm>

#include "policy/guards/vetoes.h"

namespace tided::policy {

namespace {

std::string with_reason(std::string text, const std::string& reason) {
    return reason.empty() ? text : text + ": " + reason;
}

bool covers(const Approval& approval, const Decision& decision, TimePoint now) {
    const auto [lowest, highest] = std::minmax(decision.current, approval.to);
    return now < approval.until && lowest <= decision.desired && decision.desired <= highest;
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
    if (move.around.freeze == nullptr || move.around.freeze->until <= move.around.now) {
        return std::nullopt;
    }
    return "the freeze window " + move.around.freeze->name + " lasts until " +
           instant(move.around.freeze->until);
}

Veto approval(const Move& move) {
    const ApprovalRule& rule = move.spec.guards.approval;
    const double share = static_cast<double>(move.size()) /
                         static_cast<double>(std::max(move.decision.current.count, 1));
    const bool is_large = rule.above && move.size() > rule.above->count;
    const bool is_large_share = rule.above_share && share > rule.above_share->value;
    if (!is_large && !is_large_share) {
        return std::nullopt;
    }
    if (move.around.approval != nullptr &&
        covers(*move.around.approval, move.decision, move.around.now)) {
        return std::nullopt;
    }
    return "a step of " + std::to_string(move.size()) + " needs approval: tided approve " +
           move.spec.name + " --to " + to_string(move.decision.desired);
}

}  // namespace tided::policy
