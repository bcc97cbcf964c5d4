// Undo: a step up after which the metric it was meant to mend is worse, for a stated time, is taken
// back once, and told. More replicas do not always help: they may drown a database that all of them
// share, and then every further step makes it worse.
//
//   step up at level L ---- value > L * (1 + worse_by) at every reading of `within` ----> wanted
//   back to where the steps began ---- that step is made ----> for `hold`, not above that count
//
// Only on request, and only for metrics that a step can mend (a latency, an error rate, the length
// of a queue). A load is not such a metric: it may rise by itself, and taking capacity back then
// would be the harm. Not watched: steps down, for the metric itself asks for the way back up; steps
// up to the lower bound, which nobody made to mend anything; steps at a level that is not known or
// not above 0, of which no share can be taken.
#pragma once

#include "policy/decide.h"

namespace tided::policy {

/// Notes in `state` what the metric says at this instant: called at every tick, whatever else is
/// known. A tick without a fresh value breaks the time for which it was worse.
void follow_level(const PolicySpec& spec, const Inputs& inputs, PolicyState& state);

/// What to do about the steps being watched, at this instant. `decision` is complete but for this;
/// its desired count falls, and a link says why, when they are taken back or held. It is judged
/// anew at every tick until the step back is made. Below the present count it only goes with a
/// fresh reading of every metric.
void undo_what_harmed(const PolicySpec& spec,
                      const Inputs& inputs,
                      PolicyState& state,
                      Decision& decision);

/// A step was made: a chain of steps up is watched from its first one on; the step back begins the
/// hold, one that goes a part of that way leaves the rest to be judged, any other step down ends
/// the watch.
void watch_step(const PolicySpec& spec, PolicyState& state, const StepMark& step);

}  // namespace tided::policy
