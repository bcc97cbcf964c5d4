// What decide.h says of memory between ticks: steps noted, old things forgotten, clocks followed.
#include <algorithm>
#include <utility>

#include "policy/capacity.h"
#include "policy/decide.h"
#include "policy/hpa/reconcile.h"
#include "policy/undo.h"

namespace tided::policy {

namespace {

struct CooldownOf {
    template <typename AnyRule>
    Duration operator()(const AnyRule& rule) const {
        if constexpr (requires { rule.cooldown; }) {
            return rule.cooldown;
        } else {
            return {};
        }
    }
};

/// Drops, in place, what no rate policy of either direction and no cool-down looks at any more.
void forget_old(const PolicySpec& spec, std::vector<ScaleEvent>& events, TimePoint now) {
    Duration longest{};
    for (const ScalingRules* rules : {&spec.behavior.up, &spec.behavior.down}) {
        for (const RatePolicy& rate : rules->rates) {
            longest = std::max(longest, rate.period);
        }
    }
    for (const MetricSpec& metric : spec.metrics) {
        longest = std::max(longest, std::visit(CooldownOf{}, metric.rule));
    }
    std::erase_if(events, [&](const ScaleEvent& event) { return event.at <= now - longest; });
}

/// For how long a recommendation can matter.
Duration longest_window(const PolicySpec& spec) {
    const bool has_behavior = spec.profile == Profile::standard || spec.kubernetes.has_behavior;
    return has_behavior ? std::max(spec.behavior.up.stabilization, spec.behavior.down.stabilization)
                        : spec.kubernetes.downscale_stabilization;
}

/// The steps of the last hour; guards ask for no more.
void mark_step(
    const PolicySpec& spec, PolicyState& state, Replicas from, Replicas to, TimePoint now) {
    constexpr std::size_t most = 256;
    std::erase_if(state.steps,
                  [&](const StepMark& step) { return step.at <= now - std::chrono::hours{1}; });
    if (from == to) {
        return;
    }
    if (state.steps.size() == most) {
        state.steps.erase(state.steps.begin());
    }
    state.steps.push_back({.at = now, .from = from, .to = to});
    watch_step(spec, state, state.steps.back());
}

const MetricSpec* metric_called(const PolicySpec& spec, const std::string& name) {
    const auto found = std::ranges::find(spec.metrics, name, &MetricSpec::name);
    return found == spec.metrics.end() ? nullptr : &*found;
}

bool is_learned(const PolicySpec& spec, const LearnedLoad& load) {
    const MetricSpec* metric = metric_called(spec, load.metric);
    return metric != nullptr && std::holds_alternative<Capacity>(metric->rule);
}

/// Over another load it would be another curve.
bool is_learned(const PolicySpec& spec, const LearnedCurve& curve) {
    const MetricSpec* metric = metric_called(spec, curve.metric);
    const auto* rule = metric == nullptr ? nullptr : std::get_if<Latency>(&metric->rule);
    return rule != nullptr && rule->load < spec.metrics.size() &&
           (curve.load.empty() || curve.load == spec.metrics[rule->load].name);
}

bool is_watched(const PolicySpec& spec, const UndoWatch& watch) {
    return spec.guards.undo &&
           (watch.metric.empty() || watch.metric == spec.metrics[spec.guards.undo->metric].name);
}

void forget_strangers(const PolicySpec& spec, PolicyState& state) {
    std::erase_if(state.loads, [&](const LearnedLoad& load) { return !is_learned(spec, load); });
    std::erase_if(state.curves,
                  [&](const LearnedCurve& curve) { return !is_learned(spec, curve); });
    state.last_level.reset();
    if (state.undo && !is_watched(spec, *state.undo)) {
        state.undo.reset();
    }
}

}  // namespace

void record_scale_event(
    const PolicySpec& spec, PolicyState& state, Replicas from, Replicas to, TimePoint now) {
    mark_step(spec, state, from, to, now);
    if (spec.profile != Profile::standard) {
        hpa::note_rescale(spec, state, from, to, now);
        return;
    }
    forget_old(spec, state.ups, now);
    forget_old(spec, state.downs, now);
    if (to > from) {
        state.ups.push_back({.change = to.count - from.count, .at = now});
    } else if (to < from) {
        state.downs.push_back({.change = from.count - to.count, .at = now});
    }
}

void record_failed_step(const PolicySpec& spec, PolicyState& state, TimePoint now) {
    if (spec.profile != Profile::standard) {
        hpa::note_failed_rescale(state, now);
    }
}

void rebase(PolicyState& state, Duration jump) {
    state.conditions.shift(jump);
    for (Recommendation& entry : state.recommendations) {
        entry.at += jump;
    }
    for (StepMark& step : state.steps) {
        step.at += jump;
    }
    if (state.undo) {
        state.undo->begun += jump;
        for (std::optional<TimePoint>* at : {&state.undo->worse_since, &state.undo->undone_at}) {
            if (*at) {
                **at += jump;
            }
        }
    }
    for (std::optional<TimePoint>& since : state.silent_since) {
        since = since ? std::optional{*since + jump} : std::nullopt;
    }
    for (std::vector<ScaleEvent>* events : {&state.ups, &state.downs}) {
        for (ScaleEvent& event : *events) {
            event.at += jump;
        }
    }
    for (LearnedCurve& curve : state.curves) {
        curve.at += jump;
    }
    for (LearnedLoad& learned : state.loads) {
        shift(learned, jump);
    }
}

void resume(const PolicySpec& spec, PolicyState& state, TimePoint now) {
    const Duration longest = longest_window(spec);
    std::erase_if(state.recommendations, [&](const Recommendation& entry) {
        return entry.at <= now - longest || entry.at > now;
    });
    state.silent_since.clear();
    forget_strangers(spec, state);
    for (LearnedLoad& learned : state.loads) {
        resume(learned, now);
    }
    if (state.undo) {
        state.undo->worse_since.reset();  // nobody knows what was while we were away
    }
}

void take_over(const PolicySpec& former, const PolicySpec& spec, PolicyState& state) {
    std::vector<std::optional<TimePoint>> silent_since(spec.metrics.size());
    for (std::size_t i = 0; i < state.silent_since.size() && i < former.metrics.size(); ++i) {
        if (const MetricSpec* same = metric_called(spec, former.metrics[i].name)) {
            silent_since[static_cast<std::size_t>(same - spec.metrics.data())] =
                state.silent_since[i];
        }
    }
    state.silent_since = std::move(silent_since);
    forget_strangers(spec, state);
}

}  // namespace tided::policy
