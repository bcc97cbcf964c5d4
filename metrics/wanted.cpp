#include "metrics/wanted.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

namespace tided::metrics {
namespace {

// What two selectors share exactly when they are equal.
std::string text_of(const Wanted::Selector& selector) {
    std::string text;
    for (const Matcher& matcher : selector) {
        const std::string one = to_string(matcher);
        text += std::to_string(one.size()) + ':' + one;
    }
    return text;
}

const Matcher* pinned(const Wanted::Selector& selector, std::string_view label) {
    const auto found = std::find_if(selector.begin(), selector.end(), [&](const Matcher& m) {
        return m.op() == MatchOp::equal && m.name() == label;
    });
    return found == selector.end() ? nullptr : &*found;
}

}  // namespace

void Wanted::set(const std::vector<Selector>& selectors) {
    ++version_;
    std::vector<Entry> entries;
    ByText<std::uint32_t> places;
    for (const Selector& selector : selectors) {
        std::string text = text_of(selector);
        const auto held = places_.find(text);
        const std::uint32_t since = held == places_.end() ? version_ : entries_[held->second].since;
        const auto place = static_cast<std::uint32_t>(entries.size());
        if (places.emplace(std::move(text), place).second) {
            entries.push_back({.selector = selector, .since = since});
        }
    }
    entries_ = std::move(entries);
    places_ = std::move(places);
    named_.clear();
    unnamed_.clear();
    ByText<Places> families;
    for (std::uint32_t place = 0; place < entries_.size(); ++place) {
        const Matcher* const name = pinned(entries_[place].selector, metric_name_label);
        (name == nullptr ? unnamed_ : families[name->value()]).push_back(place);
    }
    for (const auto& [name, members] : families) {
        sort_in(named_[name], members);
    }
}

void Wanted::sort_in(Family& family, const Places& places) const {
    ByText<std::unordered_set<std::string_view>> values;
    std::size_t most = 0;
    for (const std::uint32_t place : places) {
        for (const Matcher& matcher : entries_[place].selector) {
            if (matcher.op() != MatchOp::equal || matcher.name() == metric_name_label) {
                continue;
            }
            auto& known = values[matcher.name()];
            known.insert(matcher.value());
            if (known.size() > most) {
                most = known.size();
                family.label = matcher.name();
            }
        }
    }
    for (const std::uint32_t place : places) {
        const Matcher* const told = pinned(entries_[place].selector, family.label);
        (told == nullptr ? family.others : family.told[told->value()]).push_back(place);
    }
}

bool Wanted::matches(std::span<const LabelView> labels) const {
    if (const auto named = named_.find(value_of(labels, metric_name_label));
        named != named_.end()) {
        const Family& family = named->second;
        const auto told = family.told.find(value_of(labels, family.label));
        if ((told != family.told.end() && matches_any(told->second, labels)) ||
            matches_any(family.others, labels)) {
            return true;
        }
    }
    return matches_any(unnamed_, labels);
}

bool Wanted::matches_any(const Places& places, std::span<const LabelView> labels) const {
    return std::any_of(places.begin(), places.end(), [&](std::uint32_t place) {
        const Selector& selector = entries_[place].selector;
        return std::all_of(selector.begin(), selector.end(), [&](const Matcher& matcher) {
            return matcher.matches(value_of(labels, matcher.name()));
        });
    });
}

bool Wanted::may_want(std::string_view name) const {
    return named_.find(name) != named_.end() ||
           std::any_of(unnamed_.begin(), unnamed_.end(), [&](std::uint32_t place) {
               const Selector& selector = entries_[place].selector;
               return std::all_of(selector.begin(), selector.end(), [&](const Matcher& matcher) {
                   return matcher.name() != metric_name_label || matcher.matches(name);
               });
           });
}

std::uint32_t Wanted::since(const Selector& selector) const {
    return entries_[places_.find(text_of(selector))->second].since;
}

}  // namespace tided::metrics
