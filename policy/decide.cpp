#include "policy/decide.h"

#include <algorithm>
#include <utility>

#include "policy/combine.h"
#include "policy/hpa/reconcile.h"
#include "policy/rates.h"
#include "policy/schedule.h"
#include "policy/stabilize.h"
#include "policy/undo.h"

namespace tided::policy {

namespace {

/// The link of a count that a bound moved to `to`.
Reason held(
    ReasonCode own, ReasonCode scheduled, const Bound& bound, Replicas from, TimePoint now) {
    if (!bound.by) {
        return {.code = own, .from = from, .to = bound.count};
    }
    return {.code = scheduled,
            .rule = bound.by->rule,
            .from = from,
            .to = bound.count,
            .duration = bound.by->until - now};
}

Reason raised(const Bounds& bounds, Replicas from, TimePoint now) {
    return held(ReasonCode::below_min, ReasonCode::schedule_min, bounds.min, from, now);
}

Reason lowered(const Bounds& bounds, Replicas from, TimePoint now) {
    return held(ReasonCode::above_max, ReasonCode::schedule_max, bounds.max, from, now);
}

/// HPA's step 3: a count outside the bounds goes to the nearer one at once, whatever the metrics
/// say, past stabilisation and rates.
bool corrected_to_bounds(const Bounds& bounds, Decision& decision) {
    const Replicas current = decision.current;
    decision.desired = std::clamp(current, bounds.min.count, bounds.max.count);
    if (decision.desired == current) {
        return false;
    }
    decision.reasons.add(current < bounds.min.count ? raised(bounds, current, decision.now)
                                                    : lowered(bounds, current, decision.now));
    return true;
}

/// The link for a count cut back to what a rate allows.
Reason cut(ReasonCode code, const RateLimit& limit, Replicas from) {
    return {.code = code,
            .rate = limit.rate,
            .from = from,
            .to = limit.replicas,
            .value = static_cast<double>(limit.start.count)};
}

/// `wanted` as far as the nearer of rate limit and bound.
Replicas limited_up(const RateLimit& limit,
                    const Bounds& bounds,
                    Replicas wanted,
                    Decision& decision) {
    const Replicas upper = std::min(bounds.max.count, limit.replicas);
    if (wanted <= upper) {
        return wanted;
    }
    decision.reasons.add(bounds.max.count > limit.replicas
                             ? cut(ReasonCode::scale_up_limit, limit, wanted)
                             : lowered(bounds, wanted, decision.now));
    return upper;
}

Replicas limited_down(const RateLimit& limit,
                      const Bounds& bounds,
                      Replicas wanted,
                      Decision& decision) {
    const Replicas lower = std::max(bounds.min.count, limit.replicas);
    if (wanted >= lower) {
        return wanted;
    }
    decision.reasons.add(bounds.min.count < limit.replicas
                             ? cut(ReasonCode::scale_down_limit, limit, wanted)
                             : raised(bounds, wanted, decision.now));
    return lower;
}

Replicas limited(const Behavior& behavior,
                 const Bounds& bounds,
                 Replicas wanted,
                 const PolicyState& state,
                 Decision& decision) {
    const auto [now, current] = std::pair{decision.now, decision.current};
    if (wanted > current) {
        return limited_up(up_limit(behavior.up, current, state, now), bounds, wanted, decision);
    }
    if (wanted < current) {
        return limited_down(
            down_limit(behavior.down, current, state, now), bounds, wanted, decision);
    }
    return wanted;
}

/// What the metrics want; without any, what the schedule wants.
Combined wish(const PolicySpec& spec,
              const Bounds& bounds,
              const Inputs& inputs,
              ReasonChain& reasons) {
    if (!spec.metrics.empty() || !decides_alone(spec.schedule, inputs.now)) {
        return combine(spec, inputs, reasons);
    }
    reasons.add({.code = ReasonCode::schedule_alone,
                 .from = inputs.observed->replicas,
                 .to = bounds.min.count});
    return {.largest = bounds.min.count, .permitted = true};
}

/// Drops, in place, what no rate policy of either direction looks at any more.
void forget_old(const Behavior& behavior, std::vector<ScaleEvent>& events, TimePoint now) {
    Duration longest{};
    for (const ScalingRules* rules : {&behavior.up, &behavior.down}) {
        for (const RatePolicy& rate : rules->rates) {
            longest = std::max(longest, rate.period);
        }
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

Decision decide(const PolicySpec& spec, const Inputs& inputs, PolicyState& state) {
    if (spec.profile != Profile::standard) {
        return hpa::reconcile(spec, inputs, state).decision;
    }
    Decision decision{.now = inputs.now};
    if (inputs.observed == nullptr) {
        decision.reasons.add({.code = ReasonCode::observation_unknown});
        return decision;
    }
    decision.observation_known = true;
    decision.current = inputs.observed->replicas;
    if (state.recommendations.empty()) {
        state.recommendations.push_back({.replicas = decision.current, .at = inputs.now});
    }
    const Bounds bounds = bounds_at(spec.schedule, spec.min, spec.max, inputs.now);
    decision.lowest = bounds.min.count;
    decision.highest = bounds.max.count;
    if (corrected_to_bounds(bounds, decision)) {
        return decision;
    }
    const Combined combined = wish(spec, bounds, inputs, decision.reasons);
    decision.wished = combined.largest;
    if (!combined.permitted) {
        return decision;
    }
    const Recommendation proposed{.replicas = *combined.largest, .at = inputs.now};
    const Replicas stable = stabilized(
        spec.behavior, proposed, decision.current, state.recommendations, decision.reasons);
    note_recommendation(spec.behavior, proposed, state.recommendations);
    decision.desired = limited(spec.behavior, bounds, stable, state, decision);
    undo_what_harmed(spec, inputs, state, decision);
    return decision;
}

void record_scale_event(
    const PolicySpec& spec, PolicyState& state, Replicas from, Replicas to, TimePoint now) {
    mark_step(spec, state, from, to, now);
    if (spec.profile != Profile::standard) {
        hpa::note_rescale(spec, state, from, to, now);
        return;
    }
    forget_old(spec.behavior, state.ups, now);
    forget_old(spec.behavior, state.downs, now);
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
    for (std::vector<ScaleEvent>* events : {&state.ups, &state.downs}) {
        for (ScaleEvent& event : *events) {
            event.at += jump;
        }
    }
}

void resume(const PolicySpec& spec, PolicyState& state, TimePoint now) {
    const Duration longest =
        std::max(spec.behavior.up.stabilization, spec.behavior.down.stabilization);
    std::erase_if(state.recommendations, [&](const Recommendation& entry) {
        return entry.at <= now - longest || entry.at > now;
    });
}

}  // namespace tided::policy
