#include "metrics/series_index.h"

#include <algorithm>

#include <xxhash.h>

namespace tided::metrics {
namespace {

// Names are hashed one by one, each with the hash before it as its seed.
std::uint64_t hash_of_names(std::span<const LabelView> labels) {
    std::uint64_t hash = 0;
    for (const LabelView& label : labels) {
        hash = XXH3_64bits_withSeed(label.name.data(), label.name.size(), hash + 1);
    }
    return hash;
}

}  // namespace

SeriesIndex::Slot SeriesIndex::find(std::span<const LabelView> labels) {
    const Series* const hint = last_ == none ? nullptr : &series_[last_];
    sought_shape_ = hint != nullptr && has_names(shapes_[hint->shape], labels) ? hint->shape
                                                                               : find_shape(labels);
    const bool is_family = hint != nullptr && sought_shape_ == hint->shape;
    sought_.clear();
    bool is_known = sought_shape_ != none;
    for (std::size_t i = 0; i < labels.size(); ++i) {
        const bool is_same = is_family && symbols_.text(hint->values[i]) == labels[i].value;
        sought_.push_back(is_same ? hint->values[i] : symbols_.find(labels[i].value));
        is_known = is_known && sought_.back() != Symbols::none;
    }
    if (!is_known) {
        return none;
    }
    const Slot found = index_.find(hash_of(sought_shape_, sought_), [&](Slot slot) {
        const Series& series = series_[slot];
        return series.shape == sought_shape_ &&
               std::equal(sought_.begin(), sought_.end(), series.values.get());
    });
    last_ = found == none ? last_ : found;
    return found;
}

SeriesIndex::Slot SeriesIndex::add(std::span<const LabelView> labels) {
    Slot slot = static_cast<Slot>(series_.size());
    if (free_.empty()) {
        series_.emplace_back();
    } else {
        slot = free_.back();
        free_.pop_back();
    }
    Series& series = series_[slot];
    series.shape = sought_shape_ == none ? take_shape(labels) : sought_shape_;
    ++shapes_[series.shape].users;
    series.values = std::make_unique<Symbol[]>(labels.size());
    for (std::size_t i = 0; i < labels.size(); ++i) {
        series.values[i] = sought_[i];
        if (sought_[i] == Symbols::none) {
            series.values[i] = symbols_.take(labels[i].value);
        } else {
            symbols_.share(sought_[i]);
        }
    }
    values_ += labels.size();
    index_.insert(hash_of(series.shape, values_of(series)), slot);
    link_namesakes(slot);
    last_ = slot;
    return slot;
}

void SeriesIndex::remove(Slot slot) {
    Series& series = series_[slot];
    unlink_namesakes(slot);
    index_.erase(hash_of(series.shape, values_of(series)), slot);
    for (const Symbol symbol : values_of(series)) {
        symbols_.drop(symbol);
    }
    values_ -= values_of(series).size();
    drop_shape(series.shape);
    series = Series{};
    free_.push_back(slot);
    last_ = last_ == slot ? none : last_;
}

Labels SeriesIndex::labels(Slot slot) const {
    const Series& series = series_[slot];
    const std::vector<Symbol>& names = shapes_[series.shape].names;
    Labels labels;
    labels.reserve(names.size());
    for (std::size_t i = 0; i < names.size(); ++i) {
        labels.push_back({.name = std::string{symbols_.text(names[i])},
                          .value = std::string{symbols_.text(series.values[i])}});
    }
    return labels;
}

// Equal texts are one symbol.
bool SeriesIndex::is_before(Slot one, Slot other) const {
    const std::vector<Symbol>& names = shapes_[series_[one].shape].names;
    const std::vector<Symbol>& other_names = shapes_[series_[other].shape].names;
    for (std::size_t i = 0; i < names.size() && i < other_names.size(); ++i) {
        if (names[i] != other_names[i]) {
            return symbols_.text(names[i]) < symbols_.text(other_names[i]);
        }
        const Symbol value = series_[one].values[i];
        const Symbol other_value = series_[other].values[i];
        if (value != other_value) {
            return symbols_.text(value) < symbols_.text(other_value);
        }
    }
    return names.size() < other_names.size();
}

std::string_view SeriesIndex::label(Slot slot, std::string_view name) const {
    const Series& series = series_[slot];
    const std::vector<Symbol>& names = shapes_[series.shape].names;
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (symbols_.text(names[i]) == name) {
            return symbols_.text(series.values[i]);
        }
    }
    return {};
}

SeriesIndex::Slot SeriesIndex::first_named(std::string_view name) const {
    const Symbol symbol = name.empty() ? Symbols::none : symbols_.find(name);
    if (symbol == Symbols::none && !name.empty()) {
        return none;
    }
    const auto first = by_name_.find(symbol);
    return first == by_name_.end() ? none : first->second;
}

void SeriesIndex::link_namesakes(Slot slot) {
    const auto [first, is_new] = by_name_.try_emplace(name_of(series_[slot]), slot);
    if (!is_new) {
        series_[slot].next_namesake = first->second;
        series_[first->second].namesake_before = slot;
        first->second = slot;
    }
}

void SeriesIndex::unlink_namesakes(Slot slot) {
    const Series& series = series_[slot];
    if (series.next_namesake != none) {
        series_[series.next_namesake].namesake_before = series.namesake_before;
    }
    if (series.namesake_before != none) {
        series_[series.namesake_before].next_namesake = series.next_namesake;
    } else if (series.next_namesake != none) {
        by_name_[name_of(series)] = series.next_namesake;
    } else {
        by_name_.erase(name_of(series));
    }
}

std::size_t SeriesIndex::bytes() const {
    constexpr std::size_t allocation = 8;  // what malloc adds to each
    return symbols_.bytes() + index_.bytes() + series_.size() * sizeof(Series) +
           values_ * sizeof(Symbol) + size() * allocation;
}

// The symbol of a series' metric name; none for a series without.
Symbol SeriesIndex::name_of(const Series& series) const {
    const Shape& shape = shapes_[series.shape];
    return shape.metric_name < shape.names.size() ? series.values[shape.metric_name]
                                                  : Symbols::none;
}

std::uint64_t SeriesIndex::hash_of(std::uint32_t shape, std::span<const Symbol> values) {
    return XXH3_64bits_withSeed(values.data(), values.size_bytes(), shape);
}

bool SeriesIndex::has_names(const Shape& shape, std::span<const LabelView> labels) const {
    return std::equal(
        shape.names.begin(),
        shape.names.end(),
        labels.begin(),
        labels.end(),
        [this](Symbol name, const LabelView& label) { return symbols_.text(name) == label.name; });
}

std::uint32_t SeriesIndex::find_shape(std::span<const LabelView> labels) const {
    return shape_index_.find(hash_of_names(labels), [&](std::uint32_t shape) {
        return has_names(shapes_[shape], labels);
    });
}

std::uint32_t SeriesIndex::take_shape(std::span<const LabelView> labels) {
    std::uint32_t shape = static_cast<std::uint32_t>(shapes_.size());
    if (free_shapes_.empty()) {
        shapes_.emplace_back();
    } else {
        shape = free_shapes_.back();
        free_shapes_.pop_back();
    }
    Shape& made = shapes_[shape];
    for (const LabelView& label : labels) {
        if (label.name == metric_name_label) {
            made.metric_name = made.names.size();
        }
        made.names.push_back(symbols_.take(label.name));
    }
    const bool is_named = !value_of(labels, metric_name_label).empty();
    made.metric_name = is_named ? made.metric_name : made.names.size();
    made.hash = hash_of_names(labels);
    shape_index_.insert(made.hash, shape);
    return shape;
}

void SeriesIndex::drop_shape(std::uint32_t shape) {
    Shape& dropped = shapes_[shape];
    if (--dropped.users > 0) {
        return;
    }
    for (const Symbol name : dropped.names) {
        symbols_.drop(name);
    }
    shape_index_.erase(dropped.hash, shape);
    dropped = Shape{};
    free_shapes_.push_back(shape);
}

}  // namespace tided::metrics
