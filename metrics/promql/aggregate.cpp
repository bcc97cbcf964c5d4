#include "metrics/promql/aggregate.h"

#include <cmath>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace tided::metrics::promql {
namespace {

struct Group {
    std::shared_ptr<const Labels> labels;
    Fold fold;
};

// Bytes that are equal exactly for equal group labels.
void append_key(std::string& key, std::string_view name, std::string_view value) {
    key += name;
    key += '\xff';
    key += value;
    key += '\xff';
}

std::string key_of(const Item& item, const Store& store, const Grouping& grouping) {
    std::string key;
    if (grouping.without) {
        for (const Label& label : without(labels_of(item, store), grouping.labels)) {
            append_key(key, label.name, label.value);
        }
        return key;
    }
    for (const std::string& name : grouping.labels) {
        append_key(key, {}, label_of(item, store, name));
    }
    return key;
}

Labels group_labels(const Item& item, const Store& store, const Grouping& grouping) {
    return grouping.without ? without(labels_of(item, store), grouping.labels)
                            : only(item, store, grouping.labels);
}

const std::shared_ptr<const Labels>& no_labels() {
    static const auto none = std::make_shared<const Labels>();
    return none;
}

Item item_of(std::shared_ptr<const Labels> labels, const Fold& fold) {
    return {.own = std::move(labels), .value = fold.value(), .origin = fold.origin()};
}

void aggregate_all(Fold fold, Items& items) {
    for (const Item& item : items.list) {
        fold.add(item.value, item.origin);
    }
    items.list.clear();
    items.list.push_back(item_of(no_labels(), fold));
}

}  // namespace

bool is_supported(AggregateOp op) {
    return op <= AggregateOp::count;
}

void Fold::add(double value, const Origin& origin) {
    const bool is_first = count_++ == 0;
    if (is_first) {
        origin_ = origin;
        extreme_ = value;
        sum_.sum = value;
    } else {
        origin_.merge(origin);
    }
    switch (op_) {
        case AggregateOp::avg:
            dialect_ == Dialect::prometheus_2 ? mean_2_.add(value) : mean_3_.add(value);
            break;
        case AggregateOp::min:
            extreme_ = value < extreme_ || std::isnan(extreme_) ? value : extreme_;
            break;
        case AggregateOp::max:
            extreme_ = value > extreme_ || std::isnan(extreme_) ? value : extreme_;
            break;
        case AggregateOp::sum:
            if (is_first) {
                break;
            }
            if (dialect_ == Dialect::prometheus_2) {
                sum_.sum += value;
            } else {
                sum_.add(value, dialect_);
            }
            break;
        default:
            break;
    }
}

double Fold::value() const {
    switch (op_) {
        case AggregateOp::sum:
            // Plain addition keeps the sign of a zero.
            return dialect_ == Dialect::prometheus_2 ? sum_.sum : sum_.sum + sum_.lost;
        case AggregateOp::avg:
            return dialect_ == Dialect::prometheus_2 ? mean_2_.value() : mean_3_.value();
        case AggregateOp::count:
            return static_cast<double>(count_);
        default:
            return extreme_;
    }
}

void aggregate(const Aggregation& form, Dialect dialect, const Store& store, Items& items) {
    if (items.list.empty()) {
        return;
    }
    const bool is_one_group = form.grouping.labels.empty() && !form.grouping.without;
    if (is_one_group) {
        aggregate_all(Fold{form.op, dialect}, items);
        items.have_one_name = true;
        return;
    }
    std::vector<Group> groups;
    std::unordered_map<std::string, std::size_t> places;
    for (const Item& item : items.list) {
        const auto [place, is_new] =
            places.try_emplace(key_of(item, store, form.grouping), groups.size());
        if (is_new) {
            groups.push_back(
                {std::make_shared<const Labels>(group_labels(item, store, form.grouping)),
                 Fold{form.op, dialect}});
        }
        groups[place->second].fold.add(item.value, item.origin);
    }
    items.list.clear();
    for (Group& group : groups) {
        items.list.push_back(item_of(std::move(group.labels), group.fold));
    }
    // Only "by (__name__)" leaves names behind.
    items.have_one_name = false;
}

}  // namespace tided::metrics::promql
