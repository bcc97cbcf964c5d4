// Undo: a step up after which the metric it was meant to mend is worse, for a stated time, is taken
// back once, and told. More replicas do not always help: they may drown a database that all of them
// share, and then every further step makes it worse.
//
//   step up at level L ---- value > L * (1 + worse_by) during `within` ----> back to where it began
//   then, for `hold`, not above that count again
//
// Only on request, and only for metrics that a step can mend (a latency, an error rate, the length
// of a queue). A load is not such a metric: it may rise by itself, and taking capacity back then
// would be the harm. Steps down are not watched: the metric itself asks for the way back up.
#pragma once

#include <optional>

#include "policy/decide.h"

namespace tided::policy {

/// What to do about the step being watched, at this instant; notes in `state` what it sees.
/// `decision` is complete but for this; its desired count and reasons change when the watched steps
/// are taken back or held. Nothing is taken back without a fresh reading of every metric.
void undo_what_harmed(const PolicySpec& spec,
                      const Inputs& inputs,
                      PolicyState& state,
                      Decision& decision);

/// A step was made: a chain of steps up is watched from its first one on, a step down ends it.
void watch_step(const PolicySpec& spec, PolicyState& state, const StepMark& step);

}  // namespace tided::policy
