// Arbiter: the steps that the policies due in one tick would make, held against what all policies
// together may do (policy/fleet.h). A step may be granted a part of its way; one that is granted
// nothing becomes a refusal of its plan.
#pragma once

#include <span>

#include "daemon/fleet.h"
#include "daemon/standing_orders.h"
#include "policy/fleet.h"

namespace tided::daemon {

/// Changes the plans of `due`. Rehearsals are neither limited nor counted.
void arbitrate(const Fleet& fleet,
               const policy::FleetRules& rules,
               std::span<LivePolicy* const> due,
               TimePoint now,
               StandingOrders& orders);

}  // namespace tided::daemon
