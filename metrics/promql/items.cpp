#include "metrics/promql/items.h"

#include <algorithm>
#include <utility>

namespace tided::metrics::promql {

void Items::drop(const Origin& origin) {
    if (!origin.ended) {
        dropped.merge(origin);
    }
}

Labels labels_of(const Item& item, const Store& store) {
    Labels labels = item.own ? *item.own : store.labels(item.series);
    if (item.is_nameless) {
        std::erase_if(labels, [](const Label& label) { return label.name == metric_name_label; });
    }
    return labels;
}

std::string_view label_of(const Item& item, const Store& store, std::string_view name) {
    if (item.is_nameless && name == metric_name_label) {
        return {};
    }
    return item.own ? value_of(*item.own, name) : store.label(item.series, name);
}

Labels without(Labels labels, const std::vector<std::string>& sorted_names) {
    std::erase_if(labels, [&sorted_names](const Label& label) {
        return label.name == metric_name_label ||
               std::binary_search(sorted_names.begin(), sorted_names.end(), label.name);
    });
    return labels;
}

Labels only(const Item& item, const Store& store, const std::vector<std::string>& sorted_names) {
    Labels labels;
    for (const std::string& name : sorted_names) {
        if (const std::string_view value = label_of(item, store, name); !value.empty()) {
            labels.push_back({.name = name, .value = std::string{value}});
        }
    }
    return labels;
}

void set_label(Item& item, const Store& store, const std::string& name, std::string value) {
    Labels labels = labels_of(item, store);
    std::erase_if(labels, [&name](const Label& label) { return label.name == name; });
    labels.push_back({.name = name, .value = std::move(value)});
    item.own = std::make_shared<const Labels>(normalised(std::move(labels)));
    item.is_nameless = false;
}

bool are_distinct(const Items& items, const Store& store) {
    std::vector<Labels> seen;
    seen.reserve(items.list.size());
    for (const Item& item : items.list) {
        seen.push_back(labels_of(item, store));
    }
    std::sort(seen.begin(), seen.end());
    return std::adjacent_find(seen.begin(), seen.end()) == seen.end();
}

bool drop_names(Items& items, const Store& store) {
    for (Item& item : items.list) {
        item.is_nameless = true;
    }
    return std::exchange(items.have_one_name, true) || are_distinct(items, store);
}

}  // namespace tided::metrics::promql
