#include "policy/undo.h"

#include <algorithm>

#include "policy/heard.h"
#include "policy/schedule.h"

namespace tided::policy {

namespace {

/// The fresh value of the rule's metric.
std::optional<double> level(const UndoRule& rule, const Inputs& inputs) {
    const bool is_known =
        rule.metric < inputs.readings.size() && inputs.readings[rule.metric].is_fresh();
    return is_known ? std::optional{inputs.readings[rule.metric].value} : std::nullopt;
}

bool is_worse(const UndoRule& rule, const UndoWatch& watch, double value) {
    return watch.level > 0.0 && value > watch.level * (1.0 + rule.worse_by.value);
}

bool has_harmed(const UndoRule& rule, const UndoWatch& watch, TimePoint now) {
    return watch.worse_since && now - *watch.worse_since >= rule.within;
}

/// Lowers what is desired to `most`, if it is more.
void lower(ReasonCode code, const UndoRule& rule, double level, Replicas most, Decision& decision) {
    if (decision.desired <= most) {
        return;
    }
    decision.reasons.add({.code = code,
                          .metric = rule.metric,
                          .from = decision.desired,
                          .to = most,
                          .value = level,
                          .duration = code == ReasonCode::undone ? rule.within : rule.hold});
    decision.desired = most;
}

/// The bounds asked for the step, not the metrics.
bool is_restoring(const PolicySpec& spec, const StepMark& step) {
    return step.from < bounds_at(spec.schedule, spec.floor(), spec.max, step.at).min.count;
}

void step_back(PolicyState& state, const StepMark& step) {
    const std::optional<Replicas> back_to = state.undo->back_to;
    if (back_to == step.to) {
        state.undo->undone_at = step.at;
    } else if (!back_to || step.to < *back_to) {
        state.undo.reset();
    }
}

}  // namespace

void follow_level(const PolicySpec& spec, const Inputs& inputs, PolicyState& state) {
    if (!spec.guards.undo) {
        return;
    }
    const UndoRule& rule = *spec.guards.undo;
    state.last_level = level(rule, inputs);
    if (!state.undo) {
        return;
    }
    UndoWatch& watch = *state.undo;
    if (!state.last_level || !is_worse(rule, watch, *state.last_level)) {
        watch.worse_since.reset();
    } else if (!watch.worse_since) {
        watch.worse_since = inputs.now;
    }
}

void undo_what_harmed(const PolicySpec& spec,
                      const Inputs& inputs,
                      PolicyState& state,
                      Decision& decision) {
    if (!spec.guards.undo || !state.undo) {
        return;
    }
    const UndoRule& rule = *spec.guards.undo;
    UndoWatch& watch = *state.undo;
    const Replicas bound = std::max(watch.from, decision.lowest);
    const bool all_fresh = !first_not_fresh(spec, inputs.readings, decision.current);
    if (watch.undone_at && *watch.undone_at + rule.hold > inputs.now) {
        const Replicas most = all_fresh ? bound : std::max(bound, decision.current);
        lower(ReasonCode::undo_holds, rule, watch.level, most, decision);
    } else if (watch.undone_at ||
               (watch.begun + 2 * rule.within <= inputs.now && !watch.worse_since)) {
        state.undo.reset();
    } else if (has_harmed(rule, watch, inputs.now) && all_fresh && bound < decision.current) {
        watch.back_to = bound;
        lower(ReasonCode::undone, rule, watch.level, bound, decision);
    }
}

void watch_step(const PolicySpec& spec, PolicyState& state, const StepMark& step) {
    if (!spec.guards.undo || (state.undo && state.undo->undone_at)) {
        return;
    }
    if (!step.is_up()) {
        if (state.undo) {
            step_back(state, step);
        }
    } else if (is_restoring(spec, step)) {
        return;
    } else if (state.undo) {
        state.undo->begun = step.at;
        state.undo->back_to.reset();
    } else if (state.last_level && *state.last_level > 0.0) {
        state.undo = UndoWatch{.metric = spec.metrics[spec.guards.undo->metric].name,
                               .from = step.from,
                               .level = *state.last_level,
                               .begun = step.at};
    }
}

}  // namespace tided::policy
