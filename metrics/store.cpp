#include "metrics/store.h"

#include <algorithm>

#include <xxhash.h>

namespace tided::metrics {
namespace {

// Names and values are hashed apart by a byte that cannot occur in UTF-8.
std::uint64_t hash_of(const Labels& labels) {
    std::uint64_t hash = 0;
    for (const Label& label : labels) {
        hash = XXH3_64bits_withSeed(label.name.data(), label.name.size(), hash + 1);
        hash = XXH3_64bits_withSeed(label.value.data(), label.value.size(), hash + 2);
    }
    return hash;
}

}  // namespace

Group Store::make_group() {
    held_.push_back(false);
    return static_cast<Group>(held_.size() - 1);
}

Result<SeriesId> Store::intern(const Labels& labels, Group group) {
    const std::uint64_t hash = hash_of(labels);
    const auto chain = by_hash_.find(hash);
    const std::uint32_t first = chain == by_hash_.end() ? no_slot : chain->second;
    for (std::uint32_t slot = first; slot != no_slot; slot = series_[slot].next_same_hash) {
        if (has_labels(series_[slot], labels)) {
            return id_of(slot);
        }
    }
    if (live_ >= series_limit_) {
        return fail(ErrorCode::out_of_capacity,
                    "the source already holds " + std::to_string(live_) +
                        " series, its series_limit: refused " + to_string(labels));
    }
    const std::uint32_t slot = take_slot();
    Series& series = series_[slot];
    series.labels.reserve(labels.size());
    for (const Label& label : labels) {
        series.labels.push_back({symbols_.take(label.name), symbols_.take(label.value)});
    }
    series.hash = hash;
    series.next_same_hash = first;
    series.group = group;
    series.live = true;
    by_hash_[hash] = slot;
    auto& namesakes = by_name_[label_of(series, metric_name_label)];
    series.place_in_name = static_cast<std::uint32_t>(namesakes.size());
    namesakes.push_back(slot);
    ++live_;
    ++version_;
    ++counts_.created;
    return id_of(slot);
}

void Store::take_back(SeriesId id) {
    if (contains(id)) {
        remove(id.slot);
        --counts_.removed;
        --counts_.created;
    }
}

Appended Store::append(SeriesId id, TimePoint at, double value) {
    if (!contains(id)) {
        return Appended::dead_series;
    }
    Window& window = series_[id.slot].window;
    const std::int64_t at_ms = (at - base_).time_since_epoch().count();
    if (!window.empty()) {
        const Window::Entry& newest = window.newest();
        if (at_ms < newest.at_ms) {
            ++counts_.out_of_order;
            return Appended::out_of_order;
        }
        if (at_ms == newest.at_ms) {
            const bool same =
                std::bit_cast<std::uint64_t>(newest.value) == std::bit_cast<std::uint64_t>(value);
            ++(same ? counts_.duplicate : counts_.conflicting);
            return same ? Appended::duplicate : Appended::conflicting;
        }
    }
    window.push({at_ms, value}, at_ms - retention_.count());
    ++counts_.appended;
    return Appended::stored;
}

std::vector<SeriesId> Store::find(std::span<const Matcher> matchers) const {
    std::vector<SeriesId> found;
    const auto by_name = std::find_if(matchers.begin(), matchers.end(), [](const Matcher& m) {
        return m.op() == MatchOp::equal && m.name() == metric_name_label;
    });
    if (by_name != matchers.end()) {
        const auto namesakes = by_name_.find(by_name->value());
        if (namesakes == by_name_.end()) {
            return found;
        }
        for (const std::uint32_t slot : namesakes->second) {
            if (satisfies(series_[slot], matchers)) {
                found.push_back(id_of(slot));
            }
        }
        return found;
    }
    for (std::uint32_t slot = 0; slot < series_.size(); ++slot) {
        if (series_[slot].live && satisfies(series_[slot], matchers)) {
            found.push_back(id_of(slot));
        }
    }
    return found;
}

Cursor Store::samples(SeriesId id, TimePoint first, TimePoint last) const {
    return contains(id) ? Cursor{series_[id.slot].window, base_, first, last} : Cursor{};
}

std::optional<Sample> Store::latest(SeriesId id, TimePoint at) const {
    if (!contains(id)) {
        return std::nullopt;
    }
    const Window& window = series_[id.slot].window;
    const std::int64_t at_ms = (at - base_).time_since_epoch().count();
    std::size_t after = window.size();
    if (after > 0 && window.newest().at_ms > at_ms) {
        after = window.lower_bound(at_ms + 1);
    }
    if (after == 0) {
        return std::nullopt;
    }
    const Window::Entry& entry = window.at(after - 1);
    return Sample{.at = TimePoint{Duration{entry.at_ms} + base_}, .value = entry.value};
}

Labels Store::labels(SeriesId id) const {
    Labels labels;
    if (contains(id)) {
        labels.reserve(series_[id.slot].labels.size());
        for (const SymbolPair pair : series_[id.slot].labels) {
            labels.push_back({.name = std::string{symbols_.text(pair.name)},
                              .value = std::string{symbols_.text(pair.value)}});
        }
    }
    return labels;
}

std::string_view Store::label(SeriesId id, std::string_view name) const {
    return contains(id) ? label_of(series_[id.slot], name) : std::string_view{};
}

bool Store::contains(SeriesId id) const {
    return id.slot < series_.size() && series_[id.slot].live &&
           series_[id.slot].generation == id.generation;
}

void Store::expire(TimePoint now) {
    const std::int64_t oldest_ms = (now - base_ - retention_).time_since_epoch().count();
    for (std::uint32_t slot = 0; slot < series_.size(); ++slot) {
        const Series& series = series_[slot];
        if (series.live && (series.window.empty() || series.window.newest().at_ms < oldest_ms)) {
            remove(slot);
        }
    }
}

bool Store::has_labels(const Series& series, const Labels& labels) const {
    return std::equal(series.labels.begin(),
                      series.labels.end(),
                      labels.begin(),
                      labels.end(),
                      [this](SymbolPair pair, const Label& label) {
                          return symbols_.text(pair.name) == label.name &&
                                 symbols_.text(pair.value) == label.value;
                      });
}

bool Store::satisfies(const Series& series, std::span<const Matcher> matchers) const {
    return std::all_of(matchers.begin(), matchers.end(), [&](const Matcher& matcher) {
        return matcher.matches(label_of(series, matcher.name()));
    });
}

std::string_view Store::label_of(const Series& series, std::string_view name) const {
    for (const SymbolPair pair : series.labels) {
        if (symbols_.text(pair.name) == name) {
            return symbols_.text(pair.value);
        }
    }
    return {};
}

SeriesId Store::id_of(std::uint32_t slot) const {
    return {.slot = slot, .generation = series_[slot].generation};
}

std::uint32_t Store::take_slot() {
    if (free_.empty()) {
        series_.emplace_back();
        return static_cast<std::uint32_t>(series_.size() - 1);
    }
    const std::uint32_t slot = free_.back();
    free_.pop_back();
    return slot;
}

void Store::remove(std::uint32_t slot) {
    unlink_hash(slot);
    unlink_name(slot);
    Series& series = series_[slot];
    for (const SymbolPair pair : series.labels) {
        symbols_.drop(pair.name);
        symbols_.drop(pair.value);
    }
    const std::uint32_t generation = series.generation + 1;
    series = Series{};
    series.generation = generation == 0 ? 1 : generation;
    free_.push_back(slot);
    --live_;
    ++version_;
    ++counts_.removed;
}

void Store::unlink_hash(std::uint32_t slot) {
    const auto chain = by_hash_.find(series_[slot].hash);
    std::uint32_t* link = &chain->second;
    while (*link != slot) {
        link = &series_[*link].next_same_hash;
    }
    *link = series_[slot].next_same_hash;
    if (chain->second == no_slot) {
        by_hash_.erase(chain);
    }
}

void Store::unlink_name(std::uint32_t slot) {
    const auto name = by_name_.find(label_of(series_[slot], metric_name_label));
    std::vector<std::uint32_t>& namesakes = name->second;
    const std::uint32_t place = series_[slot].place_in_name;
    namesakes[place] = namesakes.back();
    series_[namesakes[place]].place_in_name = place;
    namesakes.pop_back();
    if (namesakes.empty()) {
        by_name_.erase(name);
    }
}

}  // namespace tided::metrics
