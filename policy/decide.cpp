#include "policy/decide.h"

#include <algorithm>

#include "policy/combine.h"
#include "policy/hpa/reconcile.h"
#include "policy/rates.h"
#include "policy/stabilize.h"
#include "policy/undo.h"

namespace tided::policy {

namespace {

/// HPA's step 3: a count outside the bounds goes to the nearer one at once, whatever the metrics
/// say, past stabilisation and rates.
bool corrected_to_bounds(const PolicySpec& spec, Decision& decision) {
    const Replicas current = decision.current;
    decision.desired = std::clamp(current, spec.min, spec.max);
    if (decision.desired == current) {
        return false;
    }
    decision.reasons.add(
        {.code = current < spec.min ? ReasonCode::below_min : ReasonCode::above_max,
         .from = current,
         .to = decision.desired});
    return true;
}

/// The link for a count cut back to `to`: by the rate when it binds first, else by the bound.
Reason cut(const RateLimit& limit, bool rate_binds, Replicas from, Replicas to) {
    const bool up = to < from;
    if (!rate_binds) {
        return {.code = up ? ReasonCode::above_max : ReasonCode::below_min, .from = from, .to = to};
    }
    return {.code = up ? ReasonCode::scale_up_limit : ReasonCode::scale_down_limit,
            .rate = limit.rate,
            .from = from,
            .to = to,
            .value = static_cast<double>(limit.start.count)};
}

/// `wanted` as far as the nearer of rate limit and bound.
Replicas limited_up(const PolicySpec& spec,
                    Replicas wanted,
                    const PolicyState& state,
                    Decision& decision) {
    const RateLimit limit = up_limit(spec.behavior.up, decision.current, state, decision.now);
    const Replicas upper = std::min(spec.max, limit.replicas);
    if (wanted <= upper) {
        return wanted;
    }
    decision.reasons.add(cut(limit, spec.max > limit.replicas, wanted, upper));
    return upper;
}

Replicas limited_down(const PolicySpec& spec,
                      Replicas wanted,
                      const PolicyState& state,
                      Decision& decision) {
    const RateLimit limit = down_limit(spec.behavior.down, decision.current, state, decision.now);
    const Replicas lower = std::max(spec.min, limit.replicas);
    if (wanted >= lower) {
        return wanted;
    }
    decision.reasons.add(cut(limit, spec.min < limit.replicas, wanted, lower));
    return lower;
}

Replicas limited(const PolicySpec& spec,
                 Replicas wanted,
                 const PolicyState& state,
                 Decision& decision) {
    if (wanted > decision.current) {
        return limited_up(spec, wanted, state, decision);
    }
    if (wanted < decision.current) {
        return limited_down(spec, wanted, state, decision);
    }
    return wanted;
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
    decision.lowest = spec.min;
    decision.highest = spec.max;
    if (state.recommendations.empty()) {
        state.recommendations.push_back({.replicas = decision.current, .at = inputs.now});
    }
    if (corrected_to_bounds(spec, decision)) {
        return decision;
    }
    const Combined combined = combine(spec, inputs, decision.reasons);
    decision.wished = combined.largest;
    if (!combined.permitted) {
        return decision;
    }
    const Recommendation proposed{.replicas = *combined.largest, .at = inputs.now};
    const Replicas stable = stabilized(
        spec.behavior, proposed, decision.current, state.recommendations, decision.reasons);
    note_recommendation(spec.behavior, proposed, state.recommendations);
    decision.desired = limited(spec, stable, state, decision);
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
