#include "metrics/symbols.h"

#include <xxhash.h>

namespace tided::metrics {
namespace {

std::uint64_t hash_of(std::string_view text) {
    return XXH3_64bits(text.data(), text.size());
}

}  // namespace

Symbol Symbols::find(std::string_view text) const {
    return index_.find(hash_of(text), [&](Symbol symbol) { return entries_[symbol].text == text; });
}

Symbol Symbols::take(std::string_view text) {
    if (const Symbol known = find(text); known != none) {
        share(known);
        return known;
    }
    Symbol symbol = 0;
    if (free_.empty()) {
        symbol = static_cast<Symbol>(entries_.size());
        entries_.emplace_back();
    } else {
        symbol = free_.back();
        free_.pop_back();
    }
    entries_[symbol] = {.text = {texts_.copy(text), text.size()}, .users = 1};
    index_.insert(hash_of(text), symbol);
    return symbol;
}

void Symbols::drop(Symbol symbol) {
    Entry& entry = entries_[symbol];
    if (--entry.users > 0) {
        return;
    }
    index_.erase(hash_of(entry.text), symbol);
    texts_.free(entry.text);
    entry.text = {};
    free_.push_back(symbol);
}

}  // namespace tided::metrics
