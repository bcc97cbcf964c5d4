// The table of strategies: one row per rule that proposes.
#pragma once

#include <optional>
#include <span>

#include "policy/strategy.h"

namespace tided::policy {

[[nodiscard]] std::span<const Strategy> strategies();

/// The row of `rule`; null for an Input.
[[nodiscard]] const Strategy* strategy_of(const Rule& rule);

/// The one level that the rule holds its metric at, if there is one: for a gauge beside the value.
[[nodiscard]] std::optional<double> level_of(const Rule& rule);

}  // namespace tided::policy
