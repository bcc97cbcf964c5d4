// Items: the instant vector while it is computed. An item points at its series in the store and
// builds its labels only when somebody needs them, so that sum(rate(x[1m])) touches none.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "metrics/promql/eval.h"
#include "metrics/store.h"
#include "policy/vocab/labels.h"

namespace tided::metrics::promql {

struct Item {
    SeriesId series{};
    std::shared_ptr<const Labels> own{};  ///< when set, the labels instead of the series'
    bool is_nameless = false;             ///< the metric name was dropped
    double value = 0.0;
    Origin origin{};
};

struct Items {
    std::vector<Item> list;
    /// All have the same metric name or none, so that dropping names cannot make two alike.
    bool have_one_name = false;
    /// Of the living elements that were looked at and left out: had their samples come, they
    /// might be in.
    Origin dropped{};

    void drop(const Origin& origin);
};

/// What an expression gives while it is computed: a scalar or an instant vector.
using Operand = std::variant<double, Items>;

/// The labels an item stands for.
[[nodiscard]] Labels labels_of(const Item& item, const Store& store);

/// One of them, "" when absent. The view lives as long as item and store stay as they are.
[[nodiscard]] std::string_view label_of(const Item& item,
                                        const Store& store,
                                        std::string_view name);

/// `labels` without the metric name and without those in `sorted_names`.
[[nodiscard]] Labels without(Labels labels, const std::vector<std::string>& sorted_names);

/// Those of the item's labels that `sorted_names` lists.
[[nodiscard]] Labels only(const Item& item,
                          const Store& store,
                          const std::vector<std::string>& sorted_names);

/// Gives the item this label ("" takes it away), in labels of its own.
void set_label(Item& item, const Store& store, const std::string& name, std::string value);

/// Whether no two items have the same labels.
[[nodiscard]] bool are_distinct(const Items& items, const Store& store);

/// Drops the metric names. False when two items then have the same labels.
[[nodiscard]] bool drop_names(Items& items, const Store& store);

}  // namespace tided::metrics::promql
