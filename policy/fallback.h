// Fallback: the last rung but holding. A metric that has had no usable value for a stated time, not
// even from its second source, asks for a number that is known to be enough. It only ever raises
// the count: nothing is removed on what is not known. What a schedule asks for holds beside it.
//
//   fresh -> second source -> last value up to max_age -> schedule -> fallback -> hold
#pragma once

#include "policy/decide.h"

namespace tided::policy {

/// Notes, for metrics that have a fallback, since when they say nothing: at every instant, whether
/// anything can be decided or not. A restart begins anew (resume()), for nobody listened meanwhile.
void note_silence(const PolicySpec& spec, const Inputs& inputs, PolicyState& state);

/// How long the metric has been silent, when that is long enough for its fallback; none else.
[[nodiscard]] std::optional<Duration> overdue(const PolicySpec& spec,
                                              const PolicyState& state,
                                              std::size_t metric,
                                              TimePoint now);

}  // namespace tided::policy
