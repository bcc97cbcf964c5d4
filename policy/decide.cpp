#include "policy/decide.h"

#include <algorithm>
#include <utility>

#include "policy/capacity.h"
#include "policy/combine.h"
#include "policy/fallback.h"
#include "policy/hpa/reconcile.h"
#include "policy/latency.h"
#include "policy/rates.h"
#include "policy/schedule.h"
#include "policy/stabilize.h"
#include "policy/undo.h"

namespace tided::policy {

namespace {

/// The bounds of now. The lower one is the idle count, where there is one and no schedule asks for
/// more; the upper one leaves room to wake.
Bounds bounds_now(const PolicySpec& spec, TimePoint now) {
    Bounds bounds = bounds_at(spec.schedule, spec.floor(), spec.max, now);
    bounds.max.count = std::max(bounds.max.count, spec.min);
    return bounds;
}

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

/// The link for a count cut back to `to` by a rate.
Reason cut(ReasonCode code, const RateLimit& limit, Replicas from, Replicas to) {
    return {.code = code,
            .rate = limit.rate,
            .from = from,
            .to = to,
            .value = static_cast<double>(limit.start.count)};
}

/// `wanted` as far as the nearer of rate limit and bound. No rate delays the way from the idle
/// count to `awake`, the policy's own min.
Replicas limited_up(const RateLimit& limit,
                    const Bounds& bounds,
                    Replicas awake,
                    Replicas wanted,
                    Decision& decision) {
    const Replicas allowed = std::max(limit.replicas, awake);
    const Replicas upper = std::min(bounds.max.count, allowed);
    if (wanted <= upper) {
        return wanted;
    }
    decision.reasons.add(bounds.max.count > allowed
                             ? cut(ReasonCode::scale_up_limit, limit, wanted, upper)
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
                             ? cut(ReasonCode::scale_down_limit, limit, wanted, lower)
                             : raised(bounds, wanted, decision.now));
    return lower;
}

Replicas limited(const PolicySpec& spec,
                 const Bounds& bounds,
                 Replicas wanted,
                 const PolicyState& state,
                 Decision& decision) {
    const auto [now, current] = std::pair{decision.now, decision.current};
    if (wanted > current) {
        return limited_up(
            up_limit(spec.behavior.up, current, state, now), bounds, spec.min, wanted, decision);
    }
    if (wanted < current) {
        return limited_down(
            down_limit(spec.behavior.down, current, state, now), bounds, wanted, decision);
    }
    return wanted;
}

/// What the metrics want; without any, what the schedule wants.
Combined wish(const PolicySpec& spec,
              const Bounds& bounds,
              const Inputs& inputs,
              PolicyState& state,
              ReasonChain& reasons) {
    if (!spec.metrics.empty() || !decides_alone(spec.schedule, inputs.now)) {
        learn_latencies(spec, inputs, state);
        learn_loads(spec, inputs, state);
        return combine(spec, inputs, state, reasons);
    }
    reasons.add({.code = ReasonCode::schedule_alone,
                 .from = inputs.observed->replicas,
                 .to = bounds.min.count});
    return {.largest = bounds.min.count, .permitted = true};
}

}  // namespace

Decision decide(const PolicySpec& spec, const Inputs& inputs, PolicyState& state) {
    if (spec.profile != Profile::standard) {
        return hpa::reconcile(spec, inputs, state).decision;
    }
    Decision decision{.now = inputs.now};
    note_silence(spec, inputs, state);
    if (inputs.observed == nullptr) {
        decision.reasons.add({.code = ReasonCode::observation_unknown});
        forget_expired(spec.behavior, inputs.now, state.recommendations);
        return decision;
    }
    decision.observation_known = true;
    decision.current = inputs.observed->replicas;
    const Bounds bounds = bounds_now(spec, inputs.now);
    decision.lowest = bounds.min.count;
    decision.highest = bounds.max.count;
    if (corrected_to_bounds(bounds, decision)) {
        learn_loads(spec, inputs, state);  // a pool that cannot be brought within them goes on
        forget_expired(spec.behavior, inputs.now, state.recommendations);
        return decision;
    }
    const Combined combined = wish(spec, bounds, inputs, state, decision.reasons);
    decision.wished = combined.largest;
    if (!combined.permitted) {
        forget_expired(spec.behavior, inputs.now, state.recommendations);
        return decision;
    }
    if (state.recommendations.empty()) {
        state.recommendations.push_back({.replicas = decision.current, .at = inputs.now});
    }
    const Recommendation proposed{.replicas = *combined.largest, .at = inputs.now};
    const Replicas stable = stabilized(
        spec.behavior, proposed, decision.current, state.recommendations, decision.reasons);
    note_recommendation(spec.behavior, proposed, state.recommendations);
    decision.desired = limited(spec, bounds, stable, state, decision);
    undo_what_harmed(spec, inputs, state, decision);
    return decision;
}

}  // namespace tided::policy
