// Instance rows: which instances there are, among the facts of the state, so that a start has them
// at once whether or not their source answers.
//
//   instance/tenants[tenant=acme]    here IDENTITY  |  gone MILLISECONDS IDENTITY
//
// What an instance leaves behind (history, pause, its pool's checkpoint) is kept as long as the
// journal, for a value that comes back; then its row and its pool's go.
#pragma once

#include "daemon/fleet.h"
#include "daemon/state/store.h"
#include "policy/vocab/time.h"

namespace tided::daemon {

/// Makes members of the template's roster of those that `memory` says are here.
void restore(LiveTemplate& made_of, const Snapshot& memory);

/// Brings the rows of `memory` up to what `fleet` is at `now`. What is to be written for that.
[[nodiscard]] Batch update_rows(Snapshot& memory, const Fleet& fleet, TimePoint now);

/// Forgets those that went before `cutoff`, but for what pools of `fleet` have taken over. What is
/// to be written for that.
[[nodiscard]] Batch forget_instances(Snapshot& memory, const Fleet& fleet, TimePoint cutoff);

}  // namespace tided::daemon
