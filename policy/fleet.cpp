#include "policy/fleet.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <numeric>
#include <utility>

#include "policy/number.h"

namespace tided::policy {

namespace {

constexpr Duration minute = std::chrono::minutes{1};

constexpr double tolerance = 1e-9;  // of replicas: 0.3 / 0.1 is 3

/// What has been used of the limits so far, claims of this tick included.
struct Used {
    std::int64_t steps = 0;           ///< within the last minute
    std::int64_t removed = 0;         ///< within FleetRules::removed_within
    std::int64_t may_be_removed = 0;  ///< within the same, all in all
    std::int64_t whole = 0;           ///< all replicas, those that were removed already included
    double cost_per_hour = 0.0;
    /// Of the first claim that was cut for cost.
    std::optional<std::int32_t> waiting_priority = std::nullopt;
};

/// How many whole replicas `amount` is.
std::int64_t replicas_in(double amount) {
    constexpr double most = std::numeric_limits<std::int32_t>::max();
    return static_cast<std::int64_t>(std::floor(std::clamp(amount + tolerance, 0.0, most)));
}

Used used_by(const FleetRules& rules,
             const FleetTotals& totals,
             std::span<const FleetStep> made,
             TimePoint now) {
    Used used{.cost_per_hour = totals.cost_per_hour};
    for (const FleetStep& step : made) {
        used.steps += step.at > now - minute ? 1 : 0;
        used.removed += step.at > now - rules.removed_within ? std::max(-step.change, 0) : 0;
    }
    used.whole = totals.replicas + used.removed;
    const double share = rules.removed_share ? rules.removed_share->value : 0.0;
    used.may_be_removed = share > 0.0 ? std::max<std::int64_t>(
                                            1, replicas_in(static_cast<double>(used.whole) * share))
                                      : 0;
    return used;
}

/// Cuts the grant back to `change`, if it is more than that.
void cut(const Claim& claim, std::int64_t change, std::string why, Grant& grant) {
    if (std::abs(change) < std::abs(claim.change())) {
        grant = {.to = Replicas{static_cast<std::int32_t>(claim.from.count + change)},
                 .why = std::move(why)};
    }
}

void limit_steps(const FleetRules& rules, const Used& used, const Claim& claim, Grant& grant) {
    if (rules.steps_per_minute > 0 && used.steps >= rules.steps_per_minute) {
        cut(claim,
            0,
            "all policies together made " + std::to_string(used.steps) +
                " steps in the last minute, steps_per_minute is " +
                std::to_string(rules.steps_per_minute),
            grant);
    }
}

void limit_removed(const FleetRules& rules, const Used& used, const Claim& claim, Grant& grant) {
    if (!rules.removed_share || claim.change() > 0) {
        return;
    }
    const std::int64_t room = std::max<std::int64_t>(0, used.may_be_removed - used.removed);
    cut(claim,
        std::max<std::int64_t>(claim.change(), -room),
        "removed_share allows " + std::to_string(used.may_be_removed) + " of all " +
            std::to_string(used.whole) + " replicas to go within " +
            tided::to_string(rules.removed_within) + ", of which " + std::to_string(used.removed) +
            (used.removed == 1 ? " has gone" : " have gone"),
        grant);
}

void limit_cost(const FleetRules& rules, Used& used, const Claim& claim, Grant& grant) {
    if (!rules.cost_per_hour || claim.price <= 0.0 || claim.change() < 0) {
        return;
    }
    if (used.waiting_priority && claim.priority < *used.waiting_priority) {
        cut(claim,
            0,
            "a policy of higher priority waits for room below the " + number(*rules.cost_per_hour) +
                " an hour that all may cost",
            grant);
        return;
    }
    const std::int64_t room =
        replicas_in((*rules.cost_per_hour - used.cost_per_hour) / claim.price);
    cut(claim,
        std::min<std::int64_t>(claim.change(), room),
        "one more costs " + number(claim.price) + " an hour, all policies together cost " +
            number(used.cost_per_hour) + " of at most " + number(*rules.cost_per_hour),
        grant);
    if (room < claim.change() && !used.waiting_priority) {
        used.waiting_priority = claim.priority;
    }
}

Grant granted(const FleetRules& rules, Used& used, const Claim& claim) {
    Grant grant{.to = claim.to};
    limit_removed(rules, used, claim, grant);
    limit_cost(rules, used, claim, grant);
    limit_steps(rules, used, claim, grant);
    return grant;
}

void use(std::int32_t change, double price, Used& used) {
    ++used.steps;
    used.removed += std::max(-change, 0);
    used.cost_per_hour += price * change;
}

bool goes_first(const Claim& a, const Claim& b) {
    if (a.priority != b.priority) {
        return a.priority > b.priority;
    }
    return a.change() > 0 && b.change() < 0;
}

}  // namespace

std::vector<Grant> arbitrate(const FleetRules& rules,
                             const FleetTotals& totals,
                             std::span<const Claim> claims,
                             TimePoint now,
                             std::vector<FleetStep>& made) {
    const Duration longest = std::max(minute, rules.removed_within);
    std::erase_if(made, [&](const FleetStep& step) { return step.at <= now - longest; });
    std::vector<std::size_t> order(claims.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(
        order, [&](std::size_t a, std::size_t b) { return goes_first(claims[a], claims[b]); });
    Used used = used_by(rules, totals, made, now);
    std::vector<Grant> grants(claims.size());
    for (const std::size_t i : order) {
        grants[i] = granted(rules, used, claims[i]);
        const std::int32_t change = grants[i].to.count - claims[i].from.count;
        if (change != 0) {
            use(change, claims[i].price, used);
            made.push_back({.at = now, .change = change});
        }
    }
    return grants;
}

}  // namespace tided::policy
