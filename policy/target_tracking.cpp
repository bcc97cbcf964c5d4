#include "policy/target_tracking.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "policy/number.h"

namespace tided::policy {

Replicas rounded_up(double x) {
    constexpr auto most = std::numeric_limits<std::int32_t>::max();
    if (!(x > 0.0)) {
        return Replicas{0};
    }
    return x >= static_cast<double>(most) ? Replicas{most}
                                          : Replicas{static_cast<std::int32_t>(std::ceil(x))};
}

bool is_within(double ratio, const Tolerance& tolerance) {
    return 1.0 - tolerance.down.value <= ratio && ratio <= 1.0 + tolerance.up.value;
}

namespace {

std::optional<Proposal> track_value(const Question& question, double amount) {
    const double ratio = question.value / amount;
    const Observed& observed = question.observed;
    if (observed.replicas.count == 0) {
        return Proposal{.replicas = rounded_up(ratio)};
    }
    if (is_within(ratio, question.tolerance)) {
        return Proposal{.replicas = observed.replicas, .within_tolerance = true};
    }
    if (observed.ready.count <= 0) {
        return std::nullopt;
    }
    const Replicas tracked = rounded_up(ratio * static_cast<double>(observed.ready.count));
    return Proposal{.replicas = ratio > 1.0 ? std::max(tracked, observed.replicas)
                                            : std::min(tracked, observed.replicas)};
}

std::optional<Proposal> track_average_value(const Question& question, double amount) {
    const double present = question.observed.present.count;
    const double ratio = question.value / (amount * present);
    if (is_within(ratio, question.tolerance)) {
        return Proposal{.replicas = question.observed.present, .within_tolerance = true};
    }
    return Proposal{.replicas = rounded_up(question.value / amount)};
}

/// "10%"; "-7% +10%" when the two directions differ.
std::string tolerance_clause(const Behavior& behavior) {
    const Ratio up = behavior.up.tolerance;
    const Ratio down = behavior.down.tolerance;
    return up == down ? percent(up) : "-" + percent(down) + " +" + percent(up);
}

}  // namespace

std::optional<Proposal> track_target(const Question& question) {
    const Target& target = std::get<Target>(question.metric.rule);
    switch (target.kind) {
        case TargetKind::value:
            return track_value(question, target.amount);
        case TargetKind::average_value:
            return track_average_value(question, target.amount);
        case TargetKind::utilization:
            return std::nullopt;  // a plain number says nothing of what pods asked for: hpa/
    }
    return std::nullopt;
}

std::string target_words(const Reason& link, const PolicySpec& spec) {
    const Target& target = std::get<Target>(spec.metrics[link.metric].rule);
    const bool is_percent = target.kind == TargetKind::utilization;
    std::string text = (is_percent ? "% (target " : " (target ") + number(target.amount);
    text += is_percent ? "%" : target.kind == TargetKind::average_value ? " each" : "";
    if (link.code == ReasonCode::within_tolerance) {
        text += ", tolerance " + tolerance_clause(spec.behavior);
    }
    return text + ")";
}

}  // namespace tided::policy
