// reconcile: one pass of Kubernetes' horizontal controller over one object, for the profiles that
// reproduce it. The order is upstream's:
//
//   scale -> (zero? | outside min..max?) -> selector -> metrics -> stabilise -> limits -> write
//
// A pass that aborts leaves the count, notes no recommendation and says why in the conditions.
// Departures, in these profiles too: recommendations, events and conditions survive a restart; a
// reading older than the metric's max_age is a metric that failed.
#pragma once

#include "policy/decide.h"
#include "policy/hpa/conditions.h"

namespace tided::policy::hpa {

struct Pass {
    Decision decision = {};
    bool has_error = false;  ///< the controller would return an error, though it may have scaled
};

/// REQUIRES: as decide().
[[nodiscard]] Pass reconcile(const PolicySpec& spec, const Inputs& inputs, PolicyState& state);

/// The scale was written: events, conditions.
void note_rescale(
    const PolicySpec& spec, PolicyState& state, Replicas from, Replicas to, TimePoint now);

/// The scale could not be written.
void note_failed_rescale(PolicyState& state, TimePoint now);

}  // namespace tided::policy::hpa
