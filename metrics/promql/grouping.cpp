#include "metrics/promql/grouping.h"

namespace tided::metrics::promql {
namespace {

// Behind its length, so that no text can look like two.
void append(std::string& key, std::string_view text) {
    key += std::to_string(text.size());
    key += ':';
    key += text;
}

}  // namespace

std::string group_key(const Item& item, const Store& store, const Grouping& grouping) {
    std::string key;
    if (grouping.without) {
        for (const Label& label : group_labels(item, store, grouping)) {
            append(key, label.name);
            append(key, label.value);
        }
        return key;
    }
    for (const std::string& name : grouping.labels) {
        append(key, label_of(item, store, name));
    }
    return key;
}

Labels group_labels(const Item& item, const Store& store, const Grouping& grouping) {
    return grouping.without ? without(labels_of(item, store), grouping.labels)
                            : only(item, store, grouping.labels);
}

}  // namespace tided::metrics::promql
