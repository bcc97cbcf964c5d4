// The table of strategies: one row per TargetKind.
#pragma once

#include <span>

#include "policy/strategy.h"

namespace tided::policy {

[[nodiscard]] std::span<const Strategy> strategies();

/// The row of `kind`. ENSURES: every TargetKind has one.
[[nodiscard]] const Strategy& strategy_of(TargetKind kind);

}  // namespace tided::policy
