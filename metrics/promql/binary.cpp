#include "metrics/promql/binary.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace tided::metrics::promql {
namespace {

bool holds(BinaryOp op, double left, double right) {
    switch (op) {
        case BinaryOp::equal:
            return left == right;
        case BinaryOp::not_equal:
            return left != right;
        case BinaryOp::less:
            return left < right;
        case BinaryOp::greater:
            return left > right;
        case BinaryOp::less_equal:
            return left <= right;
        case BinaryOp::greater_equal:
            return left >= right;
        default:
            return true;
    }
}

double arithmetic(BinaryOp op, double left, double right) {
    switch (op) {
        case BinaryOp::add:
            return left + right;
        case BinaryOp::subtract:
            return left - right;
        case BinaryOp::multiply:
            return left * right;
        case BinaryOp::divide:
            return left / right;
        case BinaryOp::modulo:
            return std::fmod(left, right);
        case BinaryOp::power:
            return std::pow(left, right);
        case BinaryOp::atan2:
            return std::atan2(left, right);
        default:
            return std::numeric_limits<double>::quiet_NaN();
    }
}

// What the pair gives; nothing when a comparison drops it. `kept` is what a comparison keeps.
std::optional<double> combine(const Binary& form, double left, double right, double kept) {
    if (!is_comparison(form.op)) {
        return arithmetic(form.op, left, right);
    }
    const bool is_true = holds(form.op, left, right);
    if (form.returns_bool) {
        return is_true ? 1.0 : 0.0;
    }
    return is_true ? std::optional{kept} : std::nullopt;
}

// The labels by which an item is paired.
Labels signature(const Matching& matching, const Item& item, const Store& store) {
    return matching.on ? only(item, store, matching.labels)
                       : without(labels_of(item, store), matching.labels);
}

Labels result_labels(const Binary& form, const Item& item, const Store& store) {
    const Matching& matching = form.matching;
    Labels labels = matching.on ? only(item, store, matching.labels) : labels_of(item, store);
    std::erase_if(labels, [&](const Label& label) {
        return (label.name == metric_name_label && drops_name(form)) ||
               (!matching.on &&
                std::binary_search(matching.labels.begin(), matching.labels.end(), label.name));
    });
    return labels;
}

struct Partner {
    const Item* item = nullptr;
    bool is_taken = false;
};

using Partners = std::map<Labels, Partner>;

Result<Partners> partners_of(const Binary& form, const Store& store, const Items& right) {
    Partners partners;
    for (const Item& item : right.list) {
        const Labels key = signature(form.matching, item, store);
        const auto [at, is_new] = partners.try_emplace(key, Partner{.item = &item});
        if (!is_new) {
            return fail(ErrorCode::invalid_input,
                        "found duplicate series for the match group " + to_string(key) +
                            " on the right hand-side of the operation: [" +
                            to_string(labels_of(item, store)) + ", " +
                            to_string(labels_of(*at->second.item, store)) +
                            "];many-to-many matching not allowed: matching labels must be unique "
                            "on one side");
        }
    }
    return partners;
}

}  // namespace

bool drops_name(const Binary& form) {
    return !is_comparison(form.op) || form.returns_bool;
}

double combine_scalars(BinaryOp op, double left, double right) {
    if (is_comparison(op)) {
        return holds(op, left, right) ? 1.0 : 0.0;
    }
    return arithmetic(op, left, right);
}

void combine_with_scalar(const Binary& form, ScalarSide side, double scalar, Items& items) {
    std::size_t kept = 0;
    for (Item& item : items.list) {
        const double left = side == ScalarSide::left ? scalar : item.value;
        const double right = side == ScalarSide::left ? item.value : scalar;
        if (const auto value = combine(form, left, right, item.value)) {
            item.value = *value;
            if (&items.list[kept] != &item) {
                items.list[kept] = std::move(item);
            }
            ++kept;
        }
    }
    items.list.resize(kept);
}

Status combine_vectors(const Binary& form, const Store& store, Items& left, const Items& right) {
    if (left.list.empty() || right.list.empty()) {
        left.list.clear();
        return {};
    }
    auto partners = partners_of(form, store, right);
    if (!partners) {
        return fail(std::move(partners).error());
    }
    std::vector<Item> paired;
    for (const Item& item : left.list) {
        const auto partner = partners->find(signature(form.matching, item, store));
        if (partner == partners->end()) {
            continue;
        }
        const Item& other = *partner->second.item;
        const auto value = combine(form, item.value, other.value, item.value);
        if (!value) {
            continue;
        }
        if (std::exchange(partner->second.is_taken, true)) {
            return fail(ErrorCode::invalid_input,
                        "multiple matches for labels: many-to-one matching must be explicit "
                        "(group_left/group_right)");
        }
        Item made{.own = std::make_shared<const Labels>(result_labels(form, item, store)),
                  .value = *value,
                  .origin = item.origin};
        made.origin.join(other.origin);
        paired.push_back(std::move(made));
    }
    left.list = std::move(paired);
    left.have_one_name = drops_name(form) || left.have_one_name;
    return {};
}

}  // namespace tided::metrics::promql
