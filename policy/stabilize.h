// Stabilisation: a proposal is believed once it has lasted. HPA with `behavior`:
//
//   lo = lowest proposal younger than the scale_up window, this one included
//   hi = highest proposal younger than the scale_down window, this one included
//   result = current, moved up to lo if below it, then down to hi if above it
//
// The result never passes the point nearest to current: while the window disagrees, nothing
// moves. A window of 0 sees only this proposal; an entry exactly as old as its window is outside.
#pragma once

#include "policy/decide.h"

namespace tided::policy {

/// The count that the windows let through; adds one link when it is not `proposed`.
[[nodiscard]] Replicas stabilized(const Behavior& behavior,
                                  Recommendation proposed,
                                  Replicas current,
                                  const std::vector<Recommendation>& history,
                                  ReasonChain& reasons);

/// Notes a proposal and forgets, in place, what can no longer matter: entries older than the
/// longest window, and entries whose value does not exceed, nor fall below, all younger ones.
/// What is left is exact for any window up to the longest one and holds at most two entries per
/// distinct value.
void note_recommendation(const Behavior& behavior,
                         Recommendation proposed,
                         std::vector<Recommendation>& history);

/// Called where no proposal is noted: forgets all of them once the youngest is out of the window of
/// scale-down (of scale-up, where that has none). What was proposed before a gap of that length
/// says nothing about it, and the first decision after it seeds the list anew.
void forget_expired(const Behavior& behavior, TimePoint now, std::vector<Recommendation>& history);

}  // namespace tided::policy
