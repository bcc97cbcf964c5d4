// Symbols: every distinct label name and value of a store once, counted by its users.
// A hundred thousand series of one job share the text of "job", "web" and "instance"; a series
// keeps a 32-bit number a label instead of a string.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "metrics/hash_index.h"
#include "metrics/text_pool.h"

namespace tided::metrics {

using Symbol = std::uint32_t;

class Symbols {
public:
    static constexpr Symbol none = UINT32_MAX;

    /// The symbol of `text`, or none.
    [[nodiscard]] Symbol find(std::string_view text) const;

    /// The symbol of `text`, made when there is none, with one more user.
    Symbol take(std::string_view text);

    /// One more user. REQUIRES: a symbol in use.
    void share(Symbol symbol) { ++entries_[symbol].users; }

    /// One user fewer; the last one frees the text and the number is used again.
    void drop(Symbol symbol);

    /// REQUIRES: a symbol in use. The view lives until its last user drops it.
    [[nodiscard]] std::string_view text(Symbol symbol) const { return entries_[symbol].text; }

    /// Distinct texts in use.
    [[nodiscard]] std::size_t size() const { return entries_.size() - free_.size(); }

    /// What they take in memory.
    [[nodiscard]] std::size_t bytes() const {
        return texts_.bytes() + entries_.capacity() * sizeof(Entry) + index_.bytes();
    }

private:
    struct Entry {
        std::string_view text;
        std::uint32_t users = 0;
    };

    std::vector<Entry> entries_;
    std::vector<Symbol> free_;
    HashIndex index_;
    TextPool texts_;
};

}  // namespace tided::metrics
