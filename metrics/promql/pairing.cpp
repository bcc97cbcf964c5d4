#include "metrics/promql/pairing.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "metrics/promql/binary.h"

namespace tided::metrics::promql {
namespace {

// The labels by which an item is paired.
Labels signature(const Matching& matching, const Item& item, const Store& store) {
    return matching.on ? only(item, store, matching.labels)
                       : without(labels_of(item, store), matching.labels);
}

bool is_grouped(const Matching& matching) {
    return matching.group != Matching::Group::none;
}

// The result's labels: those of the pairing, or with groups those of the "many" side and what the
// "one" side lends.
Labels result_labels(const Binary& form, const Item& item, const Item& one, const Store& store) {
    const Matching& matching = form.matching;
    const bool is_reduced = !is_grouped(matching);
    Labels labels =
        is_reduced && matching.on ? only(item, store, matching.labels) : labels_of(item, store);
    std::erase_if(labels, [&](const Label& label) {
        const bool is_ignored =
            is_reduced && !matching.on &&
            std::binary_search(matching.labels.begin(), matching.labels.end(), label.name);
        return is_ignored || (label.name == metric_name_label && drops_name(form));
    });
    for (const std::string& name : matching.include) {
        std::erase_if(labels, [&name](const Label& label) { return label.name == name; });
        labels.push_back({.name = name, .value = std::string{label_of(one, store, name)}});
    }
    return matching.include.empty() ? labels : normalised(std::move(labels));
}

struct Partner {
    const Item* item = nullptr;
    bool is_taken = false;
    std::set<Labels> made{};  ///< with groups: the results that it has part in
};

using Partners = std::map<Labels, Partner>;

Result<Partners> partners_of(const Binary& form, const Store& store, const Items& ones) {
    const bool is_left = form.matching.group == Matching::Group::right;
    Partners partners;
    for (const Item& item : ones.list) {
        const Labels key = signature(form.matching, item, store);
        const auto [at, is_new] = partners.try_emplace(key, Partner{.item = &item});
        if (!is_new) {
            return fail(ErrorCode::invalid_input,
                        "found duplicate series for the match group " + to_string(key) +
                            " on the " + (is_left ? "left" : "right") +
                            " hand-side of the operation: [" + to_string(labels_of(item, store)) +
                            ", " + to_string(labels_of(*at->second.item, store)) +
                            "];many-to-many matching not allowed: matching labels must be unique "
                            "on one side");
        }
    }
    return partners;
}

// Whether `partner` may have this result too.
Status claim(const Matching& matching, Partner& partner, const Labels& labels) {
    if (is_grouped(matching) && !partner.made.insert(labels).second) {
        return fail(ErrorCode::invalid_input,
                    "multiple matches for labels: grouping labels must ensure unique matches");
    }
    if (!is_grouped(matching) && std::exchange(partner.is_taken, true)) {
        return fail(ErrorCode::invalid_input,
                    "multiple matches for labels: many-to-one matching must be explicit "
                    "(group_left/group_right)");
    }
    return {};
}

using Signatures = std::map<Labels, Origin>;

Signatures signatures_of(const Matching& matching, const Store& store, const Items& items) {
    Signatures signatures;
    for (const Item& item : items.list) {
        const auto [at, is_new] =
            signatures.try_emplace(signature(matching, item, store), item.origin);
        if (!is_new) {
            at->second.merge(item.origin);
        }
    }
    return signatures;
}

}  // namespace

Status combine_vectors(
    const Binary& form, Dialect dialect, const Store& store, Items& left, Items& right) {
    const bool is_swapped = form.matching.group == Matching::Group::right;
    const Items& many = is_swapped ? right : left;
    const Items& ones = is_swapped ? left : right;
    if (left.list.empty() || right.list.empty()) {
        left.list.clear();
        return {};
    }
    auto partners = partners_of(form, store, ones);
    if (!partners) {
        return fail(std::move(partners).error());
    }
    std::vector<Item> paired;
    for (const Item& item : many.list) {
        const auto partner = partners->find(signature(form.matching, item, store));
        if (partner == partners->end()) {
            left.drop(item.origin);
            continue;
        }
        const Item& one = *partner->second.item;
        const double a = is_swapped ? one.value : item.value;
        const double b = is_swapped ? item.value : one.value;
        const auto value = combine(form, a, b, a);
        Labels labels = result_labels(form, item, one, store);
        if (value || dialect == Dialect::prometheus_3) {
            if (auto claimed = claim(form.matching, partner->second, labels); !claimed) {
                return claimed;
            }
        }
        if (!value) {
            left.drop(item.origin);
            left.drop(one.origin);
            continue;
        }
        Item made{.own = std::make_shared<const Labels>(std::move(labels)),
                  .value = *value,
                  .origin = item.origin};
        made.origin.join(one.origin);
        paired.push_back(std::move(made));
    }
    const auto& on = form.matching.labels;
    const bool keeps_any_name =
        is_grouped(form.matching) || std::binary_search(on.begin(), on.end(), metric_name_label);
    left.have_one_name = !keeps_any_name && (drops_name(form) || left.have_one_name);
    left.list = std::move(paired);
    return {};
}

bool lends_name(const Binary& form) {
    const auto& include = form.matching.include;
    return !form.returns_bool &&
           std::find(include.begin(), include.end(), metric_name_label) != include.end();
}

void combine_sets(const Binary& form, const Store& store, Items& left, Items& right) {
    const bool is_or = form.op == BinaryOp::set_or;
    Items& sifted = is_or ? right : left;
    const Signatures others = signatures_of(form.matching, store, is_or ? left : right);
    const bool keeps_partners = form.op == BinaryOp::set_and;
    std::vector<Item> kept;
    for (Item& item : sifted.list) {
        const auto partner = others.find(signature(form.matching, item, store));
        const bool has_partner = partner != others.end();
        if (has_partner) {
            item.origin.join(partner->second);  // it stays or goes because of it
        }
        if (has_partner == keeps_partners) {
            kept.push_back(std::move(item));
        } else if (!is_or) {
            left.drop(item.origin);
        }
    }
    sifted.list = std::move(kept);
    if (is_or) {
        std::move(right.list.begin(), right.list.end(), std::back_inserter(left.list));
        left.have_one_name = false;
    }
}

}  // namespace tided::metrics::promql
