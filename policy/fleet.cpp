#include "policy/fleet.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "policy/number.h"

namespace tided::policy {

namespace {

constexpr Duration minute = std::chrono::minutes{1};

/// What has been used of the limits so far, claims of this tick included.
struct Used {
    std::int64_t steps = 0;    ///< within the last minute
    std::int64_t removed = 0;  ///< within FleetRules::removed_within
    double cost_per_hour = 0.0;
};

Used used_by(const FleetRules& rules,
             const FleetTotals& totals,
             std::span<const FleetStep> made,
             TimePoint now) {
    Used used{.cost_per_hour = totals.cost_per_hour};
    for (const FleetStep& step : made) {
        used.steps += step.at > now - minute ? 1 : 0;
        used.removed += step.at > now - rules.removed_within ? std::max(-step.change, 0) : 0;
    }
    return used;
}

std::string too_many_steps(const FleetRules& rules, const Used& used) {
    if (rules.steps_per_minute == 0 || used.steps < rules.steps_per_minute) {
        return "";
    }
    return "all policies together made " + std::to_string(used.steps) +
           " steps in the last minute, steps_per_minute is " +
           std::to_string(rules.steps_per_minute);
}

std::string too_much_removed(const FleetRules& rules,
                             const FleetTotals& totals,
                             const Used& used,
                             const Claim& claim) {
    if (!rules.removed_share || claim.change() >= 0) {
        return "";
    }
    // What was removed already is part of the fleet that the share is taken of.
    const auto whole = static_cast<double>(totals.replicas + used.removed);
    const std::int64_t most =
        static_cast<std::int64_t>(std::floor(whole * rules.removed_share->value));
    if (used.removed - claim.change() <= most) {
        return "";
    }
    return "removing " + std::to_string(-claim.change()) + " more than the " +
           std::to_string(used.removed) + " replicas of the last " +
           tided::to_string(rules.removed_within) + " would pass the " + std::to_string(most) +
           " that removed_share allows of all " + number(whole);
}

std::string too_dear(const FleetRules& rules, const Used& used, const Claim& claim) {
    const double more = claim.price * claim.change();
    if (!rules.cost_per_hour || more <= 0.0 || used.cost_per_hour + more <= *rules.cost_per_hour) {
        return "";
    }
    return "it costs " + number(more) + " more an hour, all policies together cost " +
           number(used.cost_per_hour) + " of at most " + number(*rules.cost_per_hour);
}

std::string refusal(const FleetRules& rules,
                    const FleetTotals& totals,
                    const Used& used,
                    const Claim& claim) {
    std::string why = too_many_steps(rules, used);
    if (why.empty()) {
        why = too_much_removed(rules, totals, used, claim);
    }
    return why.empty() ? too_dear(rules, used, claim) : why;
}

void use(const Claim& claim, Used& used) {
    ++used.steps;
    used.removed += std::max(-claim.change(), 0);
    used.cost_per_hour += claim.price * claim.change();
}

bool goes_first(const Claim& a, const Claim& b) {
    if (a.priority != b.priority) {
        return a.priority > b.priority;
    }
    return a.change() > 0 && b.change() < 0;
}

}  // namespace

std::vector<std::string> arbitrate(const FleetRules& rules,
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
    std::vector<std::string> refusals(claims.size());
    for (const std::size_t i : order) {
        refusals[i] = refusal(rules, totals, used, claims[i]);
        if (refusals[i].empty()) {
            use(claims[i], used);
            made.push_back({.at = now, .change = claims[i].change()});
        }
    }
    return refusals;
}

}  // namespace tided::policy
