#include "metrics/series_cache.h"

#include <xxhash.h>

namespace tided::metrics {
namespace {

std::uint64_t hash_of(std::string_view key) {
    return XXH3_64bits(key.data(), key.size());
}

std::uint32_t tag_of(std::uint64_t hash) {
    return static_cast<std::uint32_t>(hash >> 32U);
}

}  // namespace

SeriesCache::Index SeriesCache::find(std::string_view wanted) const {
    if (table_.empty()) {
        return none;
    }
    const std::uint64_t hash = hash_of(wanted);
    const std::uint32_t tag = tag_of(hash);
    const std::size_t mask = table_.size() - 1;
    for (std::size_t at = hash & mask;; at = (at + 1) & mask) {
        const Slot& slot = table_[at];
        if (slot.index == none) {
            return none;
        }
        if (slot.tag == tag && key(slot.index) == wanted) {
            return slot.index;
        }
    }
}

void SeriesCache::add(std::string_view new_key, Line line) {
    line.offset = static_cast<std::uint32_t>(bytes_.size());
    line.size = static_cast<std::uint32_t>(new_key.size());
    bytes_ += new_key;
    lines_.push_back(line);
    if (lines_.size() * 2 > table_.size()) {
        rehash(table_.empty() ? 64 : table_.size() * 2);
    } else {
        insert(size() - 1);
    }
}

void SeriesCache::insert(Index index) {
    const std::uint64_t hash = hash_of(key(index));
    const std::size_t mask = table_.size() - 1;
    std::size_t at = hash & mask;
    while (table_[at].index != none) {
        at = (at + 1) & mask;
    }
    table_[at] = {.tag = tag_of(hash), .index = index};
}

void SeriesCache::rehash(std::size_t slots) {
    table_.assign(slots, Slot{});
    for (Index index = 0; index < size(); ++index) {
        insert(index);
    }
}

void SeriesCache::compact(std::uint32_t page) {
    constexpr std::size_t spared = 64;
    std::vector<bool> alive;
    std::size_t count = 0;
    for (const Line& line : lines_) {
        count += line.page == page ? 1U : 0U;
    }
    if (lines_.size() < 2 * count + spared) {
        return;
    }
    alive.reserve(lines_.size());
    for (const Line& line : lines_) {
        alive.push_back(line.page == page);
    }
    retain(alive);
}

void SeriesCache::forget_dead(const Store& store) {
    std::vector<bool> alive;
    alive.reserve(lines_.size());
    bool all = true;
    for (const Line& line : lines_) {
        alive.push_back(!line.is_stored || store.contains(line.id));
        all = all && alive.back();
    }
    if (!all) {
        retain(alive);
    }
}

void SeriesCache::forget_verdicts(const Store& store, const Wanted& wanted) {
    std::vector<bool> alive;
    alive.reserve(lines_.size());
    for (const Line& line : lines_) {
        alive.push_back(!line.is_series ||
                        (line.is_stored && wanted.matches(store.labels(line.id))));
    }
    retain(alive);
}

void SeriesCache::retain(const std::vector<bool>& kept) {
    SeriesCache smaller;
    std::vector<Index> moved(lines_.size(), none);
    for (Index index = 0; index < size(); ++index) {
        if (kept[index]) {
            moved[index] = smaller.size();
            smaller.add(key(index), lines_[index]);
        }
    }
    for (Line& line : smaller.lines_) {
        line.next = line.next == none ? none : moved[line.next];
    }
    smaller.first = first == none ? none : moved[first];
    *this = std::move(smaller);
}

}  // namespace tided::metrics
