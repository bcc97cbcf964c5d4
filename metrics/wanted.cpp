#include "metrics/wanted.h"

#include <algorithm>
#include <utility>

namespace tided::metrics {

void Wanted::set(const std::vector<Selector>& selectors) {
    ++version_;
    std::vector<Entry> entries;
    for (const Selector& selector : selectors) {
        const auto held = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& entry) {
            return entry.selector == selector;
        });
        entries.push_back(
            {.selector = selector, .since = held == entries_.end() ? version_ : held->since});
    }
    entries_ = std::move(entries);
}

bool Wanted::matches(const Labels& labels) const {
    return std::any_of(entries_.begin(), entries_.end(), [&](const Entry& entry) {
        return std::all_of(entry.selector.begin(),
                           entry.selector.end(),
                           [&](const Matcher& matcher) { return matcher.matches(labels); });
    });
}

std::uint32_t Wanted::since(const Selector& selector) const {
    return std::find_if(entries_.begin(),
                        entries_.end(),
                        [&](const Entry& entry) { return entry.selector == selector; })
        ->since;
}

}  // namespace tided::metrics
