// Grouping: "by (...)" and "without (...)": which items are aggregated together.
#pragma once

#include <string>

#include "metrics/promql/ast.h"
#include "metrics/promql/items.h"

namespace tided::metrics::promql {

/// Bytes that are equal exactly for items of one group.
[[nodiscard]] std::string group_key(const Item& item, const Store& store, const Grouping& grouping);

/// The labels that the group of `item` has.
[[nodiscard]] Labels group_labels(const Item& item, const Store& store, const Grouping& grouping);

/// All items are one group.
[[nodiscard]] inline bool is_one_group(const Grouping& grouping) {
    return grouping.labels.empty() && !grouping.without;
}

}  // namespace tided::metrics::promql
