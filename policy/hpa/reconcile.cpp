#include "policy/hpa/reconcile.h"

#include <algorithm>
#include <optional>

#include "policy/hpa/limits.h"
#include "policy/hpa/metrics.h"
#include "policy/stabilize.h"

namespace tided::policy::hpa {

namespace {

using enum ConditionReason;
using Type = ConditionType;

/// One pass with what it works on.
struct Work {
    const PolicySpec& spec;
    const Inputs& inputs;
    PolicyState& state;
    Pass pass = {};

    void say(ConditionType type, bool is_true, ConditionReason reason) {
        state.conditions.set(type, is_true, reason, inputs.now);
    }
    [[nodiscard]] Replicas current() const { return inputs.observed->replicas; }
};

bool has_number(const PolicySpec& spec) {
    return std::ranges::any_of(spec.metrics, [](const MetricSpec& metric) {
        return metric.type == MetricType::object || metric.type == MetricType::external;
    });
}

bool was_scaled_to_zero(const PolicyState& state) {
    const Condition* condition = state.conditions.find(Type::scaled_to_zero);
    return condition != nullptr && condition->is_true;
}

/// Whether metrics are asked at 0 replicas.
bool is_awake_at_zero(const PolicySpec& spec, PolicyState& state) {
    if (!rules_of(spec.profile).zero_needs_condition) {
        return spec.min.count == 0;
    }
    if (!spec.kubernetes.scale_to_zero) {
        state.conditions.remove(Type::scaled_to_zero);
        return false;
    }
    return was_scaled_to_zero(state) && (spec.min.count != 0 || has_number(spec));
}

/// A count outside the bounds: no metrics, no stabilisation, no policies.
bool corrected_to_bounds(Work& work) {
    const Replicas current = work.current();
    const bool is_over = current > work.spec.max;
    if (!is_over && current >= work.spec.min) {
        return false;
    }
    Decision& decision = work.pass.decision;
    decision.desired = is_over ? work.spec.max : work.spec.min;
    decision.reasons.add({.code = is_over ? ReasonCode::above_max : ReasonCode::below_min,
                          .from = current,
                          .to = decision.desired});
    return true;
}

void abort_pass(Work& work, ConditionReason reason) {
    work.say(Type::scaling_active, false, reason);
    work.pass.has_error = true;
}

bool is_selector_usable(Work& work) {
    if (work.inputs.selector == SelectorState::usable) {
        return true;
    }
    abort_pass(
        work,
        work.inputs.selector == SelectorState::invalid ? invalid_selector : ambiguous_selector);
    work.pass.decision.reasons.add({.code = work.inputs.selector == SelectorState::invalid
                                                ? ReasonCode::selector_invalid
                                                : ReasonCode::selector_ambiguous,
                                    .from = work.current(),
                                    .to = work.current()});
    return false;
}

/// One metric's link; `to` counts when the code is a proposal's.
Reason asked(const Work& work, std::size_t index) {
    const MetricSpec& metric = work.spec.metrics[index];
    const Reading reading = index < work.inputs.readings.size()
                                ? work.inputs.readings[index]
                                : Reading::absent(Absence::never_seen);
    Reason link{.code = ReasonCode::metric_absent,
                .absence = reading.absence,
                .metric = static_cast<std::uint8_t>(index),
                .rung = reading.rung,
                .from = work.current(),
                .to = work.current(),
                .duration = reading.age};
    if (reading.freshness == Freshness::absent) {
        return link;
    }
    if (reading.freshness != Freshness::fresh) {
        link.code = reading.freshness == Freshness::stale ? ReasonCode::metric_stale
                                                          : ReasonCode::metric_partial;
        link.value = reading.value;
        return link;
    }
    const Answer answer = ask_metric(work.spec, work.inputs, index);
    link.absence = answer.absence;
    if (answer.absence != Absence::none) {
        return link;
    }
    link.code = answer.is_within ? ReasonCode::within_tolerance : ReasonCode::metric_proposes;
    link.value = reported(metric, answer);
    link.to = answer.replicas;
    return link;
}

/// All metrics: the largest proposal, or nothing when the pass must abort.
std::optional<Replicas> wished(Work& work) {
    std::optional<Replicas> largest;
    std::optional<std::uint8_t> first_bad;
    for (std::size_t i = 0; i < work.spec.metrics.size(); ++i) {
        const Reason link = asked(work, i);
        work.pass.decision.reasons.add(link);
        const bool is_good =
            link.code == ReasonCode::metric_proposes || link.code == ReasonCode::within_tolerance;
        if (is_good) {
            largest = std::max(largest.value_or(link.to), link.to);
        } else if (!first_bad) {
            first_bad = link.metric;
        }
    }
    work.pass.decision.wished = largest;
    work.pass.has_error = first_bad.has_value();
    if (first_bad && (!largest || *largest < work.current())) {
        abort_pass(work, failure_of(work.spec.metrics[*first_bad].type));
        const Replicas current = work.current();
        work.pass.decision.reasons.add(
            largest ? Reason{.code = ReasonCode::unsure_no_scale_down,
                             .metric = *first_bad,
                             .from = current,
                             .to = *largest}
                    : Reason{.code = ReasonCode::no_usable_metric, .from = current, .to = current});
        return std::nullopt;
    }
    work.say(Type::scaling_active, true, valid_metric_found);
    return largest;
}

/// Says what the windows made of the proposal.
void say_stabilized(Work& work, Replicas proposed, Replicas stable) {
    const ConditionReason held = work.spec.kubernetes.has_behavior && proposed >= work.current()
                                     ? scale_up_stabilized
                                     : scale_down_stabilized;
    work.say(Type::able_to_scale, true, stable == proposed ? ready_for_new_scale : held);
}

Replicas stable_by_behavior(Work& work, Recommendation proposed) {
    const Replicas stable = stabilized(work.spec.behavior,
                                       proposed,
                                       work.current(),
                                       work.state.recommendations,
                                       work.pass.decision.reasons);
    note_in_slot(work.spec.behavior, proposed, work.state.recommendations);
    return stable;
}

Replicas stable_by_default(Work& work, Recommendation proposed) {
    const Duration window = work.spec.kubernetes.downscale_stabilization;
    const Replicas stable = highest_recent(proposed, window, work.state.recommendations);
    if (stable != proposed.replicas) {
        work.pass.decision.reasons.add({.code = ReasonCode::stabilized_down,
                                        .from = proposed.replicas,
                                        .to = stable,
                                        .value = static_cast<double>(stable.count),
                                        .duration = window});
    }
    return stable;
}

ReasonCode link_code(const Work& work, ConditionReason reason) {
    switch (reason) {
        case too_few_replicas:
            return ReasonCode::below_min;
        case too_many_replicas:
            return ReasonCode::above_max;
        case scale_down_limit:
            return ReasonCode::scale_down_limit;
        default:
            return work.spec.kubernetes.has_behavior ? ReasonCode::scale_up_limit
                                                     : ReasonCode::growth_limit;
    }
}

void limit(Work& work, Replicas stable) {
    const bool by_behavior = work.spec.kubernetes.has_behavior;
    const Limited limited =
        by_behavior
            ? limited_by_behavior(work.spec, stable, work.current(), work.state, work.inputs.now)
            : limited_by_default(work.spec, stable, work.current());
    Decision& decision = work.pass.decision;
    decision.desired = limited.replicas;
    work.say(Type::scaling_limited, limited.replicas != stable, limited.reason);
    if (limited.replicas != stable) {
        decision.reasons.add({.code = link_code(work, limited.reason),
                              .rate = limited.rate,
                              .from = stable,
                              .to = limited.replicas,
                              .value = static_cast<double>(limited.start.count)});
    }
}

/// A workload that the controller itself brought to 0 wakes when min was raised meanwhile.
void wake_to_min(Work& work) {
    Decision& decision = work.pass.decision;
    if (decision.current.count == 0 && work.spec.min.count != 0 && was_scaled_to_zero(work.state) &&
        decision.desired < work.spec.min) {
        decision.reasons.add(
            {.code = ReasonCode::below_min, .from = decision.desired, .to = work.spec.min});
        decision.desired = work.spec.min;
    }
}

void follow_metrics(Work& work) {
    if (!is_selector_usable(work)) {
        return;
    }
    const std::optional<Replicas> largest = wished(work);
    if (!largest) {
        return;
    }
    const Recommendation proposed{.replicas = *largest, .at = work.inputs.now};
    const Replicas stable = work.spec.kubernetes.has_behavior ? stable_by_behavior(work, proposed)
                                                              : stable_by_default(work, proposed);
    say_stabilized(work, proposed.replicas, stable);
    limit(work, stable);
    wake_to_min(work);
}

}  // namespace

Pass reconcile(const PolicySpec& spec, const Inputs& inputs, PolicyState& state) {
    Work work{.spec = spec, .inputs = inputs, .state = state};
    Decision& decision = work.pass.decision;
    decision.now = inputs.now;
    if (inputs.observed == nullptr) {
        work.say(Type::able_to_scale, false, failed_get_scale);
        work.pass.has_error = true;
        decision.reasons.add({.code = ReasonCode::observation_unknown});
        return work.pass;
    }
    decision.observation_known = true;
    decision.current = inputs.observed->replicas;
    decision.desired = decision.current;
    decision.lowest = spec.min;
    decision.highest = spec.max;
    work.say(Type::able_to_scale, true, succeeded_get_scale);
    if (state.recommendations.empty()) {
        state.recommendations.push_back({.replicas = decision.current, .at = inputs.now});
    }
    if (decision.current.count == 0 && !is_awake_at_zero(spec, state)) {
        work.say(Type::scaling_active, false, scaling_disabled);
        decision.reasons.add({.code = ReasonCode::disabled_at_zero});
    } else if (decision.current.count == 0 || !corrected_to_bounds(work)) {
        follow_metrics(work);
    }
    return work.pass;
}

void note_rescale(
    const PolicySpec& spec, PolicyState& state, Replicas from, Replicas to, TimePoint now) {
    state.conditions.set(Type::able_to_scale, true, succeeded_rescale, now);
    if (spec.kubernetes.has_behavior && to != from) {
        const bool is_up = to > from;
        note_event(is_up ? spec.behavior.up : spec.behavior.down,
                   {.change = is_up ? to.count - from.count : from.count - to.count, .at = now},
                   is_up ? state.ups : state.downs);
    }
    if (!rules_of(spec.profile).zero_needs_condition) {
        return;
    }
    if (!spec.kubernetes.scale_to_zero) {
        state.conditions.remove(Type::scaled_to_zero);
        return;
    }
    const bool is_ours = from.count > 0 && to.count == 0 && spec.min.count == 0 && has_number(spec);
    state.conditions.set(
        Type::scaled_to_zero, is_ours, is_ours ? scaled_to_zero : not_scaled_to_zero, now);
}

void note_failed_rescale(PolicyState& state, TimePoint now) {
    state.conditions.set(Type::able_to_scale, false, failed_update_scale, now);
}

}  // namespace tided::policy::hpa
