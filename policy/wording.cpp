#include "policy/wording.h"

#include "policy/number.h"
#include "policy/strategies.h"

namespace tided::policy {

namespace {

using namespace std::string_literals;

const MetricSpec* metric_of(const Reason& link, const PolicySpec& spec) {
    return link.metric < spec.metrics.size() ? &spec.metrics[link.metric] : nullptr;
}

/// False for a metric whose rule proposes without it (heard.h).
bool has_value(const Reason& link) {
    return link.absence == Absence::none || link.code == ReasonCode::partial_proposes ||
           link.code == ReasonCode::metric_partial;
}

/// Why it is idle: " (idle: not above 5)".
std::string activation_clause(const Reason& link, const PolicySpec& spec) {
    const MetricSpec* metric = metric_of(link, spec);
    const double threshold = metric == nullptr ? 0.0 : metric->activate_above.value_or(0.0);
    const std::string activity = number(link.basis.terms[0]);
    return " (idle: " +
           (has_value(link) && activity == number(link.value) ? "" : activity + " to do, ") +
           "not above " + number(threshold) + ")";
}

/// What the strategy, or activation in its place, says of the proposal: " (target 100 each)".
std::string basis_clause(const Reason& link, const PolicySpec& spec) {
    if (link.basis.is_idle) {
        return activation_clause(link, spec);
    }
    const MetricSpec* metric = metric_of(link, spec);
    const Strategy* strategy = metric == nullptr ? nullptr : strategy_of(metric->rule);
    std::string words = strategy == nullptr ? "" : strategy->words(link, spec);
    if (link.basis.is_raised && words.ends_with(')')) {
        words.insert(words.size() - 1, "; awake, so at least " + to_string(link.to));
    }
    return words;
}

/// The metric whose silence it is: the link's own, or one that its formula or rule needs.
Reason blamed(Reason link) {
    link.metric = link.culprit == no_metric ? link.metric : link.culprit;
    return link;
}

std::string absence_clause(const Reason& link, const PolicySpec& spec) {
    return metric_name(link, spec) + " has no value (" + std::string{to_string(link.absence)} + ")";
}

/// Why a partial reading permits no fewer.
std::string silent_clause(const Reason& link, const PolicySpec& spec) {
    if (link.absence != Absence::none) {
        return " without " + metric_name(blamed(link), spec) + ", which has no usable value (" +
               std::string{to_string(link.absence)} + ")";
    }
    return " without the targets " +
           (link.culprit == no_metric ? "" : "of " + metric_name(blamed(link), spec) + " ") +
           "that do not answer";
}

std::string value_clause(const Reason& link, const PolicySpec& spec, const char* verb) {
    return metric_name(link, spec) + verb + number(link.value) +
           (link.rung > 0 ? " from its fallback source" : "");
}

/// "+100% per 15s", "-4 per 1m"; "nothing" when `select` is disabled.
std::string rate_clause(const Reason& link, const ScalingRules& rules, const char* sign) {
    if (link.rate >= rules.rates.size()) {
        return "nothing";
    }
    const RatePolicy& rate = rules.rates[link.rate];
    return sign + std::to_string(rate.value) + (rate.kind == RateKind::percent ? "%" : "") +
           " per " + tided::to_string(rate.period);
}

/// What the rate counts from, when that is not the current count.
std::string start_clause(const Reason& link, const Decision& decision) {
    if (link.rate == Reason{}.rate || link.value == static_cast<double>(decision.current.count)) {
        return "";
    }
    return ", counted from " + number(link.value);
}

std::string window_clause(const Reason& link, const char* which, const char* direction) {
    return "the "s + which + " proposal of the last " + tided::to_string(link.duration) + " is " +
           number(link.value) + " (" + direction + " stabilization)";
}

const ScheduleRule* rule_of(const Reason& link, const PolicySpec& spec) {
    return spec.schedule && link.rule < spec.schedule->rules.size()
               ? &spec.schedule->rules[link.rule]
               : nullptr;
}

/// "the schedule 'peak' (UTC) asks for at least 10 until 18:00 UTC". A max is told as it is
/// written.
std::string schedule_clause(const Reason& link,
                            const Decision& decision,
                            const PolicySpec& spec,
                            const char* verb) {
    const ScheduleRule* rule = rule_of(link, spec);
    const bool is_max = link.code == ReasonCode::schedule_max && rule != nullptr;
    return schedule_name(spec.schedule, link.rule) + verb +
           to_string(is_max ? rule->max.value_or(link.to) : link.to) +
           until_clause(spec.schedule, decision.now + link.duration, decision.now);
}

/// What kept a max from being reached.
std::string raised_clause(const Reason& link, const PolicySpec& spec) {
    const ScheduleRule* rule = rule_of(link, spec);
    return rule == nullptr || rule->max.value_or(link.to) == link.to
               ? ""
               : ", but the minimum is " + to_string(link.to);
}

}  // namespace

std::string metric_name(const Reason& link, const PolicySpec& spec) {
    const MetricSpec* metric = metric_of(link, spec);
    return metric == nullptr ? "metric " + std::to_string(link.metric) : metric->name;
}

bool is_unusable(ReasonCode code) {
    return code == ReasonCode::metric_absent || code == ReasonCode::metric_stale ||
           code == ReasonCode::metric_partial || code == ReasonCode::not_judged;
}

bool is_proposal(ReasonCode code) {
    return code == ReasonCode::metric_proposes || code == ReasonCode::partial_proposes ||
           code == ReasonCode::within_tolerance || code == ReasonCode::schedule_alone ||
           code == ReasonCode::metric_idle || code == ReasonCode::fallback_proposes;
}

bool is_limit(ReasonCode code) {
    switch (code) {
        case ReasonCode::stabilized_up:
        case ReasonCode::stabilized_down:
        case ReasonCode::scale_up_limit:
        case ReasonCode::scale_down_limit:
        case ReasonCode::below_min:
        case ReasonCode::above_max:
        case ReasonCode::growth_limit:
        case ReasonCode::undone:
        case ReasonCode::undo_holds:
        case ReasonCode::schedule_min:
        case ReasonCode::schedule_max:
            return true;
        default:
            return false;
    }
}

std::string level_clause(const Reason& link, const PolicySpec& spec) {
    if (link.code == ReasonCode::schedule_alone) {
        return "the schedule alone decides";
    }
    if (link.code == ReasonCode::fallback_proposes) {
        return metric_name(link, spec) + " says nothing for " + tided::to_string(link.duration) +
               " and its fallback holds";
    }
    return (has_value(link) ? value_clause(link, spec, " is ")
                            : metric_name(link, spec) + " has no value") +
           basis_clause(link, spec) +
           (link.code == ReasonCode::partial_proposes ? silent_clause(link, spec) : "");
}

std::string unusable_clause(const Reason& link, const PolicySpec& spec) {
    const MetricSpec* metric = metric_of(blamed(link), spec);
    const std::string because =
        link.culprit == no_metric ? "" : metric_name(link, spec) + " cannot be computed: ";
    switch (link.code) {
        case ReasonCode::metric_absent:
            return because + absence_clause(blamed(link), spec);
        case ReasonCode::not_judged:
            return value_clause(link, spec, " is ") + ", but " +
                   std::string{strategy_of(metric->rule)->lacks} + " to judge it by";
        case ReasonCode::metric_partial:
            return value_clause(link, spec, " is ") + basis_clause(link, spec) +
                   silent_clause(link, spec);
        default:
            return value_clause(link, spec, " was ") + ", " + tided::to_string(link.duration) +
                   " ago" +
                   (metric == nullptr
                        ? ""
                        : " (max_age " +
                              (link.culprit == no_metric ? "" : "of " + metric->name + " ") +
                              tided::to_string(metric->max_age) + ")");
    }
}

std::string limit_clause(const Reason& link, const Decision& decision, const PolicySpec& spec) {
    switch (link.code) {
        case ReasonCode::stabilized_up:
            return window_clause(link, "lowest", "scale_up");
        case ReasonCode::stabilized_down:
            return window_clause(link, "highest", "scale_down");
        case ReasonCode::scale_up_limit:
            return "scale_up allows " + rate_clause(link, spec.behavior.up, "+") +
                   start_clause(link, decision);
        case ReasonCode::scale_down_limit:
            return "scale_down allows " + rate_clause(link, spec.behavior.down, "-") +
                   start_clause(link, decision);
        case ReasonCode::undone:
            return "a step up has made " + metric_name(link, spec) + " worse than the " +
                   number(link.value) + " before it, for " + tided::to_string(link.duration);
        case ReasonCode::undo_holds:
            return "steps up were taken back because they made " + metric_name(link, spec) +
                   " worse than " + number(link.value) + ", which holds for " +
                   tided::to_string(link.duration);
        case ReasonCode::growth_limit:
            return "without behavior at most " + number(spec.kubernetes.scale_up_factor) +
                   " times the count, or 4, is allowed at once";
        case ReasonCode::schedule_min:
            return schedule_clause(link, decision, spec, " asks for at least ");
        case ReasonCode::schedule_max:
            return schedule_clause(link, decision, spec, " allows at most ") +
                   raised_clause(link, spec);
        case ReasonCode::below_min:
            return "the minimum is " + to_string(link.to);
        default:
            return "the maximum is " + to_string(link.to) +
                   (spec.max_is_paid_for ? ", which is what max_cost pays for" : "");
    }
}

}  // namespace tided::policy
