#include "daemon/server/board.h"

#include <algorithm>
#include <utility>

#include "daemon/config/instance.h"
#include "policy/explain.h"

namespace tided::daemon {
namespace {

std::string words(const policy::Pause& pause) {
    return "paused by " + pause.owner +
           (pause.until ? " until " + to_string(*pause.until) : " until resumed") +
           (pause.reason.empty() ? "" : ": " + pause.reason);
}

const PolicyView& in_words(const LivePolicy& policy) {
    policy.view.pause = policy.pause ? words(*policy.pause) : "";
    policy.view.trouble = policy.pool->trouble();
    policy.view.schedule_trouble = policy.schedule_trouble;
    if (std::exchange(policy.words_due, false)) {
        policy.view.last_reason = policy::explain(policy.decision, policy.plan, policy.config.spec);
        policy.view.reasons = policy::reasons(policy.decision, policy.config.spec);
    }
    return policy.view;
}

}  // namespace

LivePolicy* find_policy(const Fleet& fleet, std::string_view name) {
    const auto at = std::lower_bound(fleet.policies.begin(),
                                     fleet.policies.end(),
                                     name,
                                     [](const auto& policy, std::string_view wanted) {
                                         return policy->config.spec.name < wanted;
                                     });
    const bool found = at != fleet.policies.end() && (*at)->config.spec.name == name;
    return found ? at->get() : nullptr;
}

const PolicyView& Board::at(std::size_t index) const {
    return in_words(*fleet_.policies[index]);
}

const PolicyView* Board::find(std::string_view name) const {
    const LivePolicy* policy = find_policy(fleet_, name);
    if (policy == nullptr) {
        policy = find_policy(fleet_, config::instance_called(name));
    }
    return policy == nullptr ? nullptr : &in_words(*policy);
}

}  // namespace tided::daemon
