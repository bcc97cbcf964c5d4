#include "metrics/series_cache.h"

#include <algorithm>

#include <xxhash.h>

namespace tided::metrics {
namespace {

std::uint64_t hash_of(std::string_view key) {
    return XXH3_64bits(key.data(), key.size());
}

}  // namespace

SeriesCache::Index SeriesCache::find(std::string_view wanted) const {
    return index_.find(hash_of(wanted), [&](Index index) { return key(index) == wanted; });
}

std::uint64_t SeriesCache::prefetch(std::string_view wanted) const {
    const std::uint64_t hash = hash_of(wanted);
    index_.prefetch(hash);
    return hash;
}

SeriesCache::Index SeriesCache::probe(std::uint64_t hash) const {
    const Index found = index_.find(hash, [](Index) { return true; });
    if (found != none) {
        __builtin_prefetch(&lines_[found]);
    }
    return found;
}

void SeriesCache::prefetch_key(Index index) const {
    constexpr std::uint32_t line_size = 64;  // of the processor's cache
    const Line& line = lines_[index];
    for (std::uint32_t at = 0; at < line.size; at += line_size) {
        __builtin_prefetch(bytes(line) + at);
    }
}

void SeriesCache::make_room(std::size_t lines, std::size_t bytes) {
    const auto grow = [](auto& list, std::size_t more) {
        const std::size_t needed = list.size() + more;
        if (needed > list.capacity()) {
            list.reserve(std::max(needed, list.size() + list.size() / 8));
        }
    };
    index_.make_room(lines);
    grow(lines_, lines);
    grow(bytes_, bytes);
}

void SeriesCache::add(std::string_view new_key, Line line) {
    line.offset = static_cast<std::uint32_t>(bytes_.size());
    line.size = static_cast<std::uint32_t>(new_key.size());
    bytes_.insert(bytes_.end(), new_key.begin(), new_key.end());
    lines_.push_back(line);
    index_.insert(hash_of(new_key), size() - 1);
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
        alive.push_back(line.is_stored && wanted.matches(views_of(store.labels(line.id))));
    }
    retain(alive);
}

void SeriesCache::retain(const std::vector<bool>& kept) {
    SeriesCache smaller;
    std::size_t count = 0;
    std::size_t bytes = 0;
    for (Index index = 0; index < size(); ++index) {
        count += kept[index] ? 1U : 0U;
        bytes += kept[index] ? lines_[index].size : 0U;
    }
    smaller.make_room(count, bytes);
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
