#include "policy/undo.h"

#include <algorithm>

namespace tided::policy {

namespace {

/// The fresh value of the rule's metric.
std::optional<double> level(const UndoRule& rule, const Inputs& inputs) {
    const bool is_known =
        rule.metric < inputs.readings.size() && inputs.readings[rule.metric].is_fresh();
    return is_known ? std::optional{inputs.readings[rule.metric].value} : std::nullopt;
}

/// Not above `most` any more.
void hold_back(ReasonCode code,
               const UndoRule& rule,
               const UndoWatch& watch,
               Replicas most,
               Decision& decision) {
    decision.reasons.add({.code = code,
                          .metric = rule.metric,
                          .from = decision.desired,
                          .to = most,
                          .value = watch.level,
                          .duration = code == ReasonCode::undone ? rule.within : rule.hold});
    decision.desired = most;
}

/// Follows the metric of a step that is being watched; true when it is to be taken back now.
bool has_harmed(const UndoRule& rule, UndoWatch& watch, double value, TimePoint now) {
    if (!(value > watch.level * (1.0 + rule.worse_by.value))) {
        watch.worse_since.reset();
        return false;
    }
    if (!watch.worse_since) {
        watch.worse_since = now;
    }
    return now - *watch.worse_since >= rule.within;
}

}  // namespace

void undo_what_harmed(const PolicySpec& spec,
                      const Inputs& inputs,
                      PolicyState& state,
                      Decision& decision) {
    if (!spec.guards.undo) {
        return;
    }
    const UndoRule& rule = *spec.guards.undo;
    const auto value = level(rule, inputs);
    if (value) {
        state.last_level = *value;
    }
    if (!state.undo) {
        return;
    }
    UndoWatch& watch = *state.undo;
    const bool all_fresh = std::ranges::all_of(inputs.readings, &Reading::is_fresh);
    const Replicas begun = std::max(watch.from, decision.lowest);
    if (watch.undone_at) {
        const Replicas most = all_fresh ? begun : std::max(begun, decision.current);
        if (*watch.undone_at + rule.hold <= inputs.now) {
            state.undo.reset();
        } else if (decision.desired > most) {
            hold_back(ReasonCode::undo_holds, rule, watch, most, decision);
        }
        return;
    }
    if (watch.begun + 2 * rule.within <= inputs.now && !watch.worse_since) {
        state.undo.reset();
        return;
    }
    if (value && has_harmed(rule, watch, *value, inputs.now) && all_fresh &&
        watch.from < decision.current && begun < decision.desired) {
        hold_back(ReasonCode::undone, rule, watch, begun, decision);
        watch.undone_at = inputs.now;
    }
}

void watch_step(const PolicySpec& spec, PolicyState& state, const StepMark& step) {
    if (!spec.guards.undo || (state.undo && state.undo->undone_at)) {
        return;
    }
    if (!step.is_up()) {
        state.undo.reset();
    } else if (!state.undo) {
        state.undo = UndoWatch{.from = step.from, .level = state.last_level, .begun = step.at};
    } else {
        state.undo->begun = step.at;
    }
}

}  // namespace tided::policy
