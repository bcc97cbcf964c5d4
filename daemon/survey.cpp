#include "daemon/survey.h"

#include "daemon/server/board.h"
#include "daemon/state/usage_codec.h"
#include "daemon/state/wire.h"

namespace tided::daemon {
namespace {

constexpr Duration between_writes = std::chrono::minutes{1};
/// Looks of one round: those of thousands do not stall the loop.
constexpr std::size_t most_looks = 50;

}  // namespace

void survey(const Fleet& fleet, TimePoint now) {
    std::size_t looks = 0;
    for (const auto& policy : fleet.policies) {
        LiveSizing* live = policy->sizing.get();
        if (live == nullptr || !live->sizing.is_due(now)) {
            continue;
        }
        live->sizing.look(*live->source->source, live->questions, now);
        if (++looks == most_looks) {
            return;
        }
    }
}

std::vector<UsageRecord> take_usages(const Fleet& fleet, TimePoint now, Hurry hurry) {
    std::vector<UsageRecord> usages;
    for (const auto& policy : fleet.policies) {
        LiveSizing* live = policy->sizing.get();
        const bool is_wanted = live != nullptr && live->sizing.is_unsaved() &&
                               (hurry == Hurry::now || live->save_at <= now);
        if (is_wanted) {
            live->save_at = now + between_writes;
            live->sizing.was_saved(true);
            usages.push_back(
                {.policy = policy->config.spec.name, .history = encode(live->sizing.memory())});
        }
    }
    return usages;
}

void keep_unreadable(const Fleet& fleet, Batch& batch) {
    for (const UsageRecord& usage : batch.usages) {
        const LivePolicy* policy = find_policy(fleet, usage.policy);
        if (policy != nullptr && policy->sizing && !policy->sizing->unreadable.empty()) {
            batch.facts[damaged_fact("usage", usage.policy)] = hex_of(policy->sizing->unreadable);
        }
    }
}

void forget_unreadable(const Fleet& fleet, const std::vector<std::string>& policies) {
    for (const std::string& name : policies) {
        const LivePolicy* policy = find_policy(fleet, name);
        if (policy != nullptr && policy->sizing) {
            policy->sizing->unreadable.clear();
        }
    }
}

void not_written(const Fleet& fleet, const std::vector<std::string>& policies) {
    for (const std::string& name : policies) {
        const LivePolicy* policy = find_policy(fleet, name);
        if (policy != nullptr && policy->sizing) {
            policy->sizing->sizing.was_saved(false);
        }
    }
}

void rebase_usages(const Fleet& fleet, Duration jump, TimePoint now) {
    for (const auto& policy : fleet.policies) {
        if (policy->sizing) {
            policy->sizing->sizing.rebase(jump, now);
            policy->sizing->save_at += jump;
        }
    }
}

}  // namespace tided::daemon
