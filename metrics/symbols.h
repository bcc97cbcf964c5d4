// Symbols: every distinct label name and value of a store once, counted by its users.
// A hundred thousand series of one job share the text of "job", "web" and "instance"; a series
// keeps two 32-bit numbers a label instead of two strings.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tided::metrics {

using Symbol = std::uint32_t;

class Symbols {
public:
    /// The symbol of `text`, with one more user.
    Symbol take(std::string_view text);

    /// One user fewer; the last one frees the text and the number is used again.
    void drop(Symbol symbol);

    /// REQUIRES: a symbol in use. The view lives until its last user drops it.
    [[nodiscard]] std::string_view text(Symbol symbol) const { return entries_[symbol].text; }

    /// Distinct texts in use.
    [[nodiscard]] std::size_t size() const { return index_.size(); }

private:
    struct Entry {
        std::string text;
        std::uint32_t users = 0;
    };

    std::deque<Entry> entries_;  ///< a deque, for index_ holds views into it
    std::vector<Symbol> free_;
    std::unordered_map<std::string_view, Symbol> index_;
};

}  // namespace tided::metrics
