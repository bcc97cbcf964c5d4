#include "daemon/arbiter.h"

#include <utility>

namespace tided::daemon {
namespace {

bool is_limited(const policy::FleetRules& rules) {
    return rules != policy::FleetRules{.removed_within = rules.removed_within};
}

/// What may be there already costs: raises under way, and of a pool that was never seen all that
/// its policy may ask for.
policy::FleetTotals totals_of(const Fleet& fleet) {
    policy::FleetTotals totals;
    for (const auto& pool : fleet.pools) {
        totals.replicas += pool->observed ? pool->observed->replicas.count : 0;
        totals.cost_per_hour +=
            pool->config.price_per_hour * pool->most_replicas().value_or(Replicas{}).count;
    }
    for (const auto& policy : fleet.policies) {
        if (!policy->pool->most_replicas()) {
            totals.cost_per_hour +=
                policy->pool->config.price_per_hour * policy->config.spec.max.count;
        }
    }
    return totals;
}

}  // namespace

void arbitrate(const Fleet& fleet,
               const policy::FleetRules& rules,
               std::span<LivePolicy* const> due,
               TimePoint now,
               StandingOrders& orders) {
    if (!is_limited(rules)) {
        return;
    }
    std::vector<LivePolicy*> claimants;
    std::vector<policy::Claim> claims;
    for (LivePolicy* policy : due) {
        if (policy->plan.step_to && !policy->pool->dry_run) {
            claimants.push_back(policy);
            claims.push_back({.priority = policy->config.priority,
                              .from = policy->decision.current,
                              .to = *policy->plan.step_to,
                              .price = policy->pool->config.price_per_hour});
        }
    }
    if (claims.empty()) {
        return;
    }
    std::vector<policy::Grant> grants =
        policy::arbitrate(rules, totals_of(fleet), claims, now, orders.fleet_steps());
    for (std::size_t i = 0; i < grants.size(); ++i) {
        policy::Plan& plan = claimants[i]->plan;
        if (grants[i].to != claims[i].from) {
            plan.step_to = grants[i].to;
            plan.cut = std::move(grants[i].why);
        } else {
            plan.step_to.reset();
            plan.refusals.push_back(
                {.guard = policy::GuardCode::blast_radius, .why = std::move(grants[i].why)});
        }
    }
}

}  // namespace tided::daemon
