// decide: readings and observation in, decision out. The whole of HPA's "one reconcile pass" for
// metrics that are one number each (value, average_value), as a pure function of its arguments.
//
//   readings -> proposals -> combine (largest; unsure never lowers) -> stabilise -> rates -> bounds
#pragma once

#include <span>

#include "policy/decision.h"
#include "policy/spec.h"
#include "policy/state.h"
#include "policy/vocab/observed.h"
#include "policy/vocab/reading.h"

namespace tided::policy {

struct Inputs {
    TimePoint now{};
    const Observed* observed = nullptr;  ///< null: the provider's answer is unknown => hold
    std::span<const Reading> readings;   ///< one per PolicySpec::metrics, in their order
};

/// Decides for one policy and notes the recommendation in `state`. No allocation once the lists
/// of `state` have grown to their windows.
/// REQUIRES: readings.size() == spec.metrics.size(); `now` not before the youngest entry of state.
/// ENSURES: with a known observation, min <= desired <= max whatever the readings are;
/// desired < current only if every metric has a fresh reading, or current > max.
[[nodiscard]] Decision decide(const PolicySpec& spec, const Inputs& inputs, PolicyState& state);

/// Notes that a step from `from` to `to` was really made, for the rate policies.
void record_scale_event(
    const PolicySpec& spec, PolicyState& state, Replicas from, Replicas to, TimePoint now);

/// Shifts every stored instant: after a wall-clock jump history keeps its age.
void rebase(PolicyState& state, Duration jump);

}  // namespace tided::policy
