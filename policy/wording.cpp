#include "policy/wording.h"

#include <array>
#include <charconv>
#include <cmath>

#include "policy/strategies.h"

namespace tided::policy {

namespace {

using namespace std::string_literals;

constexpr double largest_plain = 1e15;
constexpr const char* silent_clause = " without the targets that do not answer";

std::string digits(double value, std::chars_format format, int precision) {
    std::array<char, 400> text{};
    const auto end =
        std::to_chars(text.data(), text.data() + text.size(), value, format, precision);
    return {text.data(), end.ptr};
}

std::string shortest(double value) {
    std::array<char, 400> text{};
    return {text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr};
}

/// 10% for 0.1; the noise of 100 * 0.07 is rounded away.
std::string percent(Ratio share) {
    return digits(share.value * 100.0, std::chars_format::general, 6) + "%";
}

const MetricSpec* metric_of(const Reason& link, const PolicySpec& spec) {
    return link.metric < spec.metrics.size() ? &spec.metrics[link.metric] : nullptr;
}

/// "10%"; "-7% +10%" when the two directions differ.
std::string tolerance_clause(const Behavior& behavior) {
    const Ratio up = behavior.up.tolerance;
    const Ratio down = behavior.down.tolerance;
    return up == down ? percent(up) : "-" + percent(down) + " +" + percent(up);
}

std::string target_clause(const Reason& link, const PolicySpec& spec) {
    const MetricSpec* metric = metric_of(link, spec);
    if (metric == nullptr) {
        return "";
    }
    std::string text = " (target " + number(metric->target.amount);
    text += strategy_of(metric->target.kind).per;
    if (link.code == ReasonCode::within_tolerance) {
        text += ", tolerance " + tolerance_clause(spec.behavior);
    }
    return text + ")";
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
           to_string(is_max ? rule->max.value_or(link.to) : link.to) + " until " +
           until_clause(decision.now + link.duration, decision.now);
}

/// What kept a max from being reached.
std::string raised_clause(const Reason& link, const PolicySpec& spec) {
    const ScheduleRule* rule = rule_of(link, spec);
    return rule == nullptr || rule->max.value_or(link.to) == link.to
               ? ""
               : ", but the minimum is " + to_string(link.to);
}

}  // namespace

std::string number(double value) {
    if (std::abs(value) >= largest_plain || !std::isfinite(value)) {
        return shortest(value);
    }
    if (value == std::trunc(value)) {
        return digits(value + 0.0, std::chars_format::fixed, 0);
    }
    if (std::abs(value) >= 1e5) {
        const std::string one_decimal = digits(value, std::chars_format::fixed, 1);
        return one_decimal.ends_with(".0") ? shortest(value) : one_decimal;
    }
    const std::string six = digits(value, std::chars_format::general, 6);
    return six.find_first_of(".e") == std::string::npos ? shortest(value) : six;
}

std::string metric_name(const Reason& link, const PolicySpec& spec) {
    const MetricSpec* metric = metric_of(link, spec);
    return metric == nullptr ? "metric " + std::to_string(link.metric) : metric->name;
}

bool is_unusable(ReasonCode code) {
    return code == ReasonCode::metric_absent || code == ReasonCode::metric_stale ||
           code == ReasonCode::metric_partial || code == ReasonCode::none_ready;
}

bool is_proposal(ReasonCode code) {
    return code == ReasonCode::metric_proposes || code == ReasonCode::partial_proposes ||
           code == ReasonCode::within_tolerance || code == ReasonCode::schedule_alone;
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
    return value_clause(link, spec, " is ") + target_clause(link, spec) +
           (link.code == ReasonCode::partial_proposes ? silent_clause : "");
}

std::string unusable_clause(const Reason& link, const PolicySpec& spec) {
    if (link.code == ReasonCode::metric_absent) {
        return metric_name(link, spec) + " has no value (" + std::string{to_string(link.absence)} +
               ")";
    }
    if (link.code == ReasonCode::none_ready) {
        return value_clause(link, spec, " is ") + ", but no replica is ready to judge it by";
    }
    if (link.code == ReasonCode::metric_partial) {
        return value_clause(link, spec, " is ") + target_clause(link, spec) + silent_clause;
    }
    const MetricSpec* metric = metric_of(link, spec);
    return value_clause(link, spec, " was ") + ", " + tided::to_string(link.duration) + " ago" +
           (metric == nullptr ? "" : " (max_age " + tided::to_string(metric->max_age) + ")");
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
            return "the maximum is " + to_string(link.to);
    }
}

}  // namespace tided::policy
