#include "policy/explain.h"

#include <algorithm>

#include "policy/wording.h"

namespace tided::policy {

namespace {

using Links = std::span<const Reason>;

const Reason* find_link(Links links, ReasonCode code) {
    const auto found = std::ranges::find(links, code, &Reason::code);
    return found == links.end() ? nullptr : &*found;
}

/// What is the matter with a policy that asks no metric, or none that can be used.
std::string standstill_clause(ReasonCode code, const PolicySpec& spec) {
    switch (code) {
        case ReasonCode::disabled_at_zero:
            return "somebody else set the count to 0, which pauses the policy in this profile";
        case ReasonCode::selector_invalid:
            return "the workload's selector is empty or cannot be read";
        case ReasonCode::selector_ambiguous:
            return "another autoscaler selects some of the workload's pods";
        default:
            return spec.metrics.empty() ? "the policy has no metric" : "no metric is usable";
    }
}

std::string sentence(const Reason& link, const Decision& decision, const PolicySpec& spec) {
    const std::string kept = to_string(link.from) + " kept";
    switch (link.code) {
        case ReasonCode::metric_proposes:
        case ReasonCode::partial_proposes:
        case ReasonCode::within_tolerance:
        case ReasonCode::schedule_alone:
        case ReasonCode::metric_idle:
        case ReasonCode::fallback_proposes:
            return level_clause(link, spec) + " and proposes " + to_string(link.to);
        case ReasonCode::metric_absent:
        case ReasonCode::metric_stale:
        case ReasonCode::metric_partial:
        case ReasonCode::not_judged:
            return unusable_clause(link, spec);
        case ReasonCode::no_usable_metric:
        case ReasonCode::selector_invalid:
        case ReasonCode::selector_ambiguous:
            return standstill_clause(link.code, spec) + ": " + kept;
        case ReasonCode::unsure_no_scale_down:
            return "scaling down to " + to_string(link.to) + " needs a usable reading of " +
                   metric_name(link, spec) + ": " + kept;
        case ReasonCode::disabled_at_zero:
            return standstill_clause(link.code, spec);
        case ReasonCode::observation_unknown:
            return "the provider has not said how many replicas there are: no step";
        default:
            return limit_clause(link, decision, spec) + ": " + to_string(link.to) + " instead of " +
                   to_string(link.from);
    }
}

/// The unusable metrics: "; queue has no value (its source fails); ..." or "".
std::string unusable_clauses(Links links, const PolicySpec& spec) {
    std::string text;
    for (const Reason& link : links) {
        if (is_unusable(link.code)) {
            text += "; " + unusable_clause(link, spec);
        }
    }
    return text;
}

/// What limited the number: "the maximum is 10", several joined by "and", or "".
std::string limit_clauses(Links links, const Decision& decision, const PolicySpec& spec) {
    std::string text;
    for (const Reason& link : links) {
        if (is_limit(link.code)) {
            text += (text.empty() ? "" : " and ") + limit_clause(link, decision, spec);
        }
    }
    return text;
}

/// The metric that gave the largest proposal, the first of several.
const Reason* winner_of(Links links, const Decision& decision) {
    const auto found = std::ranges::find_if(links, [&](const Reason& link) {
        return is_proposal(link.code) && link.to == decision.wished;
    });
    return found == links.end() ? nullptr : &*found;
}

/// "; not 9 because scale_up allows +100% per 15s" for each number that was not let through.
std::string not_clauses(Links links, const Decision& decision, const PolicySpec& spec) {
    std::string text;
    for (const Reason& link : links) {
        if (is_limit(link.code)) {
            text +=
                "; not " + to_string(link.from) + " because " + limit_clause(link, decision, spec);
        }
    }
    return text;
}

/// Why the number moves.
std::string move_clause(Links links, const Decision& decision, const PolicySpec& spec) {
    const Reason* winner = winner_of(links, decision);
    if (winner == nullptr) {
        return limit_clauses(links, decision, spec);
    }
    return level_clause(*winner, spec) + not_clauses(links, decision, spec) +
           unusable_clauses(links, spec);
}

/// Why the number stays.
std::string hold_clause(Links links, const Decision& decision, const PolicySpec& spec) {
    const Reason* winner = winner_of(links, decision);
    const std::string unusable = unusable_clauses(links, spec);
    if (winner == nullptr && unusable.empty()) {
        return standstill_clause(links.empty() ? ReasonCode{} : links.back().code, spec);
    }
    if (winner == nullptr) {
        return unusable.substr(2);
    }
    const std::string level = level_clause(*winner, spec);
    const std::string wanted = "; " + to_string(winner->to) + " was proposed because " + level;
    if (find_link(links, ReasonCode::unsure_no_scale_down) != nullptr) {
        return "scaling down needs every metric" + unusable + wanted;
    }
    const std::string limits = limit_clauses(links, decision, spec);
    return (limits.empty() ? level : limits + wanted) + unusable;
}

std::string refused(const Plan& plan) {
    std::string text;
    for (const Refusal& refusal : plan.refusals) {
        text += (text.empty() ? "" : "; ") + refusal.why;
    }
    return text;
}

}  // namespace

std::vector<std::string> reasons(const Decision& decision, const PolicySpec& spec) {
    std::vector<std::string> sentences;
    for (const Reason& link : decision.reasons.links()) {
        sentences.push_back(sentence(link, decision, spec));
    }
    if (decision.reasons.overflowed()) {
        sentences.emplace_back("further metrics were asked too, their reasons are left out");
    }
    return sentences;
}

std::string explain(const Decision& decision, const Plan& plan, const PolicySpec& spec) {
    const Links links = decision.reasons.links();
    if (!decision.observation_known) {
        return spec.name +
               ": no step because the provider has not said how many replicas there are";
    }
    const std::string stays = spec.name + ": stays at " + to_string(decision.current);
    if (decision.direction() == Direction::hold) {
        return stays + " because " + hold_clause(links, decision, spec);
    }
    if (!plan.refusals.empty()) {
        return stays + ", wanted " + to_string(decision.desired) + ": " + refused(plan);
    }
    return spec.name + ": " + to_string(decision.current) + " -> " + to_string(decision.desired) +
           " because " + move_clause(links, decision, spec);
}

}  // namespace tided::policy
