// SeriesCache: the lines of one target's pages that were read before, so that the next page is
// compared instead of parsed.
//
//   line   the bytes that do not change (a series' key), its SeriesId, and the line that followed
//          it last time: the guess for what comes next
//
// A page whose lines come in the same order is taken by one compare a line; what moved is found by
// the xxHash of its key. Nothing is allocated for a known line. Lines gone from the page stay as
// tombstones that revive when they come back, until compact() drops them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "metrics/hash_index.h"
#include "metrics/store.h"
#include "metrics/wanted.h"

namespace tided::metrics {

class SeriesCache {
public:
    using Index = std::uint32_t;
    static constexpr Index none = UINT32_MAX;

    struct Line {
        std::uint32_t offset = 0;
        std::uint32_t size = 0;
        Index next = none;        ///< the line after this one on the last page
        std::uint32_t page = 0;   ///< the last page that had this line
        SeriesId id{};            ///< of those stored
        std::uint32_t ahead = 0;  ///< mark of the last stamp that lay ahead of us; 0 is none
        bool is_stored = false;   ///< the store has it, by `id`: an expression reads it
        bool is_stamped = false;  ///< its samples carry their own timestamps
        bool is_ended = false;    ///< the series has got its staleness marker
    };

    [[nodiscard]] const char* bytes(const Line& line) const { return bytes_.data() + line.offset; }
    [[nodiscard]] std::string_view key(Index index) const {
        return {bytes(lines_[index]), lines_[index].size};
    }
    [[nodiscard]] Line& line(Index index) { return lines_[index]; }
    [[nodiscard]] std::vector<Line>& lines() { return lines_; }
    [[nodiscard]] Index size() const { return static_cast<Index>(lines_.size()); }

    /// The line of this key, or none.
    [[nodiscard]] Index find(std::string_view key) const;

    /// A look-up in three steps, so that those of many lines wait for memory together: prefetch()
    /// gives the key's hash, probe() the line of that hash, which is hardly ever another key's, or
    /// none. Who takes it compares.
    [[nodiscard]] std::uint64_t prefetch(std::string_view key) const;
    [[nodiscard]] Index probe(std::uint64_t hash) const;
    void prefetch_key(Index index) const;

    /// Room for so many lines to be added, of so many bytes, and little more: there is a cache for
    /// each of thousands of targets.
    void make_room(std::size_t lines, std::size_t bytes);

    /// Adds a line at index size(). REQUIRES: find(key) == none, or the page says it twice: then
    /// the first one stays the one that is found.
    void add(std::string_view key, Line line);

    /// The guess for a page's first line.
    Index first = none;

    /// Drops the lines whose page is not `page`, when they are the greater part.
    void compact(std::uint32_t page);

    /// Drops the series that `store` no longer holds.
    void forget_dead(const Store& store);

    /// Drops the series that are not stored, and those stored that `wanted` does not match: they
    /// are judged anew when a page names them.
    void forget_verdicts(const Store& store, const Wanted& wanted);

private:
    void retain(const std::vector<bool>& kept);

    std::vector<char> bytes_;
    std::vector<Line> lines_;
    HashIndex index_;
};

}  // namespace tided::metrics
