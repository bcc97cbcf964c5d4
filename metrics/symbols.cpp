#include "metrics/symbols.h"

namespace tided::metrics {

Symbol Symbols::take(std::string_view text) {
    if (const auto known = index_.find(text); known != index_.end()) {
        ++entries_[known->second].users;
        return known->second;
    }
    Symbol symbol = 0;
    if (free_.empty()) {
        symbol = static_cast<Symbol>(entries_.size());
        entries_.emplace_back();
    } else {
        symbol = free_.back();
        free_.pop_back();
    }
    Entry& entry = entries_[symbol];
    entry.text.assign(text);
    entry.users = 1;
    index_.emplace(entry.text, symbol);
    return symbol;
}

void Symbols::drop(Symbol symbol) {
    Entry& entry = entries_[symbol];
    if (--entry.users > 0) {
        return;
    }
    index_.erase(entry.text);
    entry.text = {};
    free_.push_back(symbol);
}

}  // namespace tided::metrics
