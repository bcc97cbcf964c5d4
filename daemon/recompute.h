// Recompute: a decision of the journal made again from its record. The core is a pure function, so
// with the same rules it must come out the same; when it does not, either the rules are others now
// or something is wrong that somebody should hear of.
#pragma once

#include <string>
#include <vector>

#include "daemon/config/config.h"
#include "daemon/state/decision_record.h"
#include "policy/vocab/event.h"

namespace tided::daemon {

struct Recomputed {
    std::string text;                  ///< the one-liner, without what guards said then
    std::vector<std::string> reasons;  ///< the chain
    bool same_rules = false;           ///< the policy, and what bounds it, is written as it was
    bool same = false;                 ///< same number, same chain
};

/// What holds at `now` and is not in the text of the policy.
[[nodiscard]] InForce in_force(const policy::PolicySpec& spec, TimePoint now);

/// Takes as long as table_for when the policy has a schedule.
/// REQUIRES: `event` is a decision's. Errors: no record was kept, it cannot be read, or the
/// schedule cannot be looked at for its time.
[[nodiscard]] Result<Recomputed> recompute(const Event& event, const config::Policy& policy);

/// {"at":…,"text":…,"reasons":[…],"recomputed":{…}|null,"why":…}
[[nodiscard]] std::string recomputed_json(const Event& event, const Result<Recomputed>& again);

}  // namespace tided::daemon
