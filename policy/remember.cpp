// What decide.h says of memory between ticks: steps noted, old things forgotten, clocks followed.
#include <algorithm>

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
    const Duration longest =
        std::max(spec.behavior.up.stabilization, spec.behavior.down.stabilization);
    std::erase_if(state.recommendations, [&](const Recommendation& entry) {
        return entry.at <= now - longest || entry.at > now;
    });
    state.silent_since.clear();
    std::erase_if(state.loads, [&](const LearnedLoad& learned) {
        return std::ranges::none_of(spec.metrics, [&](const MetricSpec& metric) {
            return metric.name == learned.metric && std::holds_alternative<Capacity>(metric.rule);
        });
    });
    for (LearnedLoad& learned : state.loads) {
        resume(learned, now);
    }
}

}  // namespace tided::policy
