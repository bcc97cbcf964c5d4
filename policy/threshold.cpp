#include "policy/threshold.h"

#include <algorithm>
#include <cmath>

#include "policy/adjustment.h"
#include "policy/number.h"

namespace tided::policy {

namespace {

/// Basis::way; its first term is what the change was counted from.
enum Way : std::uint8_t { kept, above, below };

std::string kept_words(const Threshold& rule) {
    if (std::isinf(rule.above) || std::isinf(rule.below)) {
        return std::isinf(rule.above) ? " (not below " + number(rule.below) + ")"
                                      : " (not above " + number(rule.above) + ")";
    }
    return " (between " + number(rule.below) + " and " + number(rule.above) + ")";
}

}  // namespace

std::optional<Proposal> cross_threshold(const Question& question) {
    const Threshold& rule = std::get<Threshold>(question.metric.rule);
    const Replicas count = question.observed.replicas;
    const bool is_above = question.value > rule.above;
    if (!is_above && !(question.value < rule.below)) {
        return Proposal{.replicas = count, .within_tolerance = true};
    }
    const Adjusted to = adjusted(question, is_above ? rule.add : rule.remove, rule.cooldown);
    return Proposal{
        .replicas = is_above ? std::max(count, to.replicas) : std::min(count, to.replicas),
        .basis = {.way = is_above ? above : below, .terms = {static_cast<double>(to.start.count)}}};
}

std::string threshold_words(const Reason& link, const PolicySpec& spec) {
    const Threshold& rule = std::get<Threshold>(spec.metrics[link.metric].rule);
    if (link.basis.way == kept) {
        return kept_words(rule);
    }
    const bool is_above = link.basis.way == above;
    const Adjustment& change = is_above ? rule.add : rule.remove;
    const Replicas start{static_cast<std::int32_t>(link.basis.terms[0])};
    const std::string what =
        change.by == ChangeBy::exact
            ? (is_above ? "at least " : "at most ") + std::to_string(change.amount)
            : adjustment_words(change, start, link.from, rule.cooldown);
    return (is_above ? " (above " + number(rule.above) : " (below " + number(rule.below)) + ": " +
           what + ")";
}

}  // namespace tided::policy
