// decide: readings and observation in, decision out. The whole of HPA's "one reconcile pass" for
// metrics that are one number each, as a pure function of its arguments.
//
//   readings -> proposals -> combine (largest; unsure never lowers) -> stabilise -> rates -> bounds
//
// The Kubernetes profiles go their own way: hpa/reconcile.h.
// Source: Kubernetes HorizontalPodAutoscaler, autoscaling/v2 with `behavior`. Departures:
//   - min is always enforced: a pool found at 0 with min > 0 goes to min (HPA: paused);
//   - min = 0 needs no second condition: a proposal of 0 scales to zero through the same windows
//     and rates, and at 0 the metrics go on being asked, so that any proposal above 0 wakes it;
//   - a schedule moves min and max for a while (schedule.h): "the bounds" below are those of now;
//   - without metrics a schedule that has a min decides alone: it proposes the min of now, so that
//     what it has added goes again when its time is over;
//   - what target_tracking.h and rates.h say of theirs.
#pragma once

#include <span>

#include "policy/decision.h"
#include "policy/spec.h"
#include "policy/state.h"
#include "policy/vocab/observed.h"
#include "policy/vocab/pod_samples.h"
#include "policy/vocab/reading.h"

namespace tided::policy {

/// Whether the workload's pods can be told from others' (Kubernetes profiles).
enum class SelectorState : std::uint8_t {
    usable,
    invalid,    ///< empty or not to be parsed
    ambiguous,  ///< another autoscaler of the namespace selects one of its pods too
};

struct Inputs {
    TimePoint now{};
    const Observed* observed = nullptr;      ///< null: the provider's answer is unknown => hold
    std::span<const Reading> readings = {};  ///< one per PolicySpec::metrics, in their order
    /// The same for metrics of pods: the reading says how old, this says what. Empty: none is one.
    std::span<const PodSamples> pods = {};
    SelectorState selector = SelectorState::usable;
};

/// Decides for one policy and notes the recommendation in `state`. No allocation once the lists
/// of `state` have grown to their windows.
///
/// The first decision on readings, and the first after a gap in them that is longer than the
/// window, is seeded with the current count, as HPA is after a start: a scale-down then waits a
/// full window. A count outside min..max goes to the nearer bound at once: metrics are not asked
/// (`wished` stays empty), windows and rates are passed by. Where the policy has `idle`, that is
/// the lower bound (activation.h), unless a schedule asks for more. When the decision is a hold for
/// lack of fresh readings, no recommendation is noted. The readings of formulas are inputs like any
/// other: compute() makes them. A caller that has a bare number makes it fresh by
/// Reading::of(number, age, max_age); one that has none passes
/// Reading::absent(Absence::source_failed).
/// REQUIRES: readings.size() == spec.metrics.size() <= 255; spec.min <= spec.max; `now` not before
/// the youngest entry of state.
/// ENSURES: with a known observation, floor() <= desired <= max of now whatever the readings are;
/// desired < current only if every reading that a rule needs is fresh (heard.h), or current > max.
[[nodiscard]] Decision decide(const PolicySpec& spec, const Inputs& inputs, PolicyState& state);

/// Notes that a step from `from` to `to` was really made, for the rate policies, and forgets the
/// events that no rate policy and no cool-down looks at any more.
void record_scale_event(
    const PolicySpec& spec, PolicyState& state, Replicas from, Replicas to, TimePoint now);

/// Notes that a step was not made. Only the Kubernetes profiles remember it, as a condition.
void record_failed_step(const PolicySpec& spec, PolicyState& state, TimePoint now);

/// Shifts every stored instant: after a wall-clock jump history keeps its age.
void rebase(PolicyState& state, Duration jump);

/// For a state read back after a restart: recommendations that ended longer ago than every window
/// say nothing about the time we were away. Without them the next decision seeds anew, so that
/// the first reading after a long stop cannot scale down by itself. Silence is counted anew. What
/// belongs to metrics that the policy does not have any more, or has another rule for, is
/// forgotten.
void resume(const PolicySpec& spec, PolicyState& state, TimePoint now);

/// For the state of a running policy whose file has changed from `former` to `spec`: what is kept
/// by a metric's place goes to its new one, the rest is forgotten as by resume().
void take_over(const PolicySpec& former, const PolicySpec& spec, PolicyState& state);

}  // namespace tided::policy
