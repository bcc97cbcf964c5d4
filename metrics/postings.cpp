#include "metrics/postings.h"

#include <algorithm>
#include <iterator>

#include "policy/vocab/labels.h"

namespace tided::metrics {
namespace {

constexpr std::size_t walks = 8;

}  // namespace

std::vector<SeriesId> Postings::find(const Store& store, std::span<const Matcher> matchers) {
    if (store_ != &store || version_ != store.version()) {
        families_.clear();
        store_ = &store;
        version_ = store.version();
    }
    const auto name = std::find_if(matchers.begin(), matchers.end(), [](const Matcher& m) {
        return m.op() == MatchOp::equal && m.name() == metric_name_label;
    });
    if (name == matchers.end()) {
        return store.find(matchers);
    }
    Family& family = families_[name->value()];
    if (++family.asked <= walks) {
        return store.find(matchers);
    }
    const std::vector<SeriesId>* fewest = nullptr;
    for (const Matcher& matcher : matchers) {
        if (matcher.op() != MatchOp::equal || matcher.name() == metric_name_label) {
            continue;
        }
        const auto [label, is_new] = family.labels.try_emplace(matcher.name());
        if (is_new) {
            label->second = sorted(store, *name, matcher.name());
        }
        const auto posting = label->second.find(matcher.value());
        if (posting == label->second.end()) {
            return {};
        }
        if (fewest == nullptr || posting->second.size() < fewest->size()) {
            fewest = &posting->second;
        }
    }
    if (fewest == nullptr) {
        return store.find(matchers);
    }
    std::vector<SeriesId> found;
    std::copy_if(fewest->begin(), fewest->end(), std::back_inserter(found), [&](SeriesId id) {
        return std::all_of(matchers.begin(), matchers.end(), [&](const Matcher& matcher) {
            return matcher.matches(store.label(id, matcher.name()));
        });
    });
    return found;
}

// The views are of series that live as long as the store's version stays.
Postings::ByValue Postings::sorted(const Store& store,
                                   const Matcher& name,
                                   const std::string& label) {
    ByValue by_value;
    for (const SeriesId id : store.find({&name, 1})) {
        by_value[store.label(id, label)].push_back(id);
    }
    return by_value;
}

}  // namespace tided::metrics
