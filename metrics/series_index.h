// SeriesIndex: the labels of every series of a store, and the way from labels to series.
//
//   slot   a number for a series while it lives; used again afterwards
//   shape  the label names of a series, sorted; the series of a family share one
//
// A series keeps its shape and one symbol a label, so that a label costs four bytes. Series come in
// families: each label is first compared with that of the series looked up before, which spares
// most of the hashing. Found by all labels, or by the metric name.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "metrics/hash_index.h"
#include "metrics/symbols.h"
#include "policy/vocab/labels.h"

namespace tided::metrics {

class SeriesIndex {
public:
    using Slot = std::uint32_t;
    static constexpr Slot none = UINT32_MAX;

    /// The series of exactly these labels, or none. REQUIRES: normalised labels.
    [[nodiscard]] Slot find(std::span<const LabelView> labels);

    /// Adds the series of these labels. REQUIRES: find(labels), the call before, gave none.
    Slot add(std::span<const LabelView> labels);

    /// REQUIRES: holds(slot), as all below.
    void remove(Slot slot);

    [[nodiscard]] bool holds(Slot slot) const {
        return slot < series_.size() && series_[slot].shape != none;
    }
    [[nodiscard]] Labels labels(Slot slot) const;

    /// Whether the labels of `one` are before those of `other`, as labels are ordered.
    [[nodiscard]] bool is_before(Slot one, Slot other) const;

    /// The value of one label, "" when absent. The view lives as long as the series.
    [[nodiscard]] std::string_view label(Slot slot, std::string_view name) const;

    /// The first series of this metric name, and the one after another, in no particular order;
    /// none at the end.
    [[nodiscard]] Slot first_named(std::string_view name) const;
    [[nodiscard]] Slot next_named(Slot slot) const { return series_[slot].next_namesake; }

    /// One more than the largest slot ever used.
    [[nodiscard]] std::size_t slots() const { return series_.size(); }
    [[nodiscard]] std::size_t size() const { return series_.size() - free_.size(); }

    /// What it takes in memory, nearly.
    [[nodiscard]] std::size_t bytes() const;

private:
    struct Series {
        std::uint32_t shape = none;
        Slot next_namesake = none;
        Slot namesake_before = none;
        std::unique_ptr<Symbol[]> values;
    };
    struct Shape {
        std::vector<Symbol> names;
        std::size_t metric_name = 0;  ///< which of them is __name__; names.size() when none
        std::uint64_t hash = 0;
        std::uint32_t users = 0;
    };

    [[nodiscard]] bool has_names(const Shape& shape, std::span<const LabelView> labels) const;
    [[nodiscard]] std::uint32_t find_shape(std::span<const LabelView> labels) const;
    std::uint32_t take_shape(std::span<const LabelView> labels);
    void drop_shape(std::uint32_t shape);
    void link_namesakes(Slot slot);
    void unlink_namesakes(Slot slot);
    [[nodiscard]] Symbol name_of(const Series& series) const;
    [[nodiscard]] static std::uint64_t hash_of(std::uint32_t shape, std::span<const Symbol> values);
    [[nodiscard]] std::span<const Symbol> values_of(const Series& series) const {
        return {series.values.get(), shapes_[series.shape].names.size()};
    }

    Symbols symbols_;
    std::vector<Shape> shapes_;
    std::vector<std::uint32_t> free_shapes_;
    HashIndex shape_index_;
    std::deque<Series> series_;
    std::vector<Slot> free_;
    HashIndex index_;
    std::unordered_map<Symbol, Slot> by_name_;  ///< the first of each
    Slot last_ = none;                          ///< the series found or added last
    std::vector<Symbol> sought_;  ///< the values of the last find(), none where unknown
    std::uint32_t sought_shape_ = none;
    std::size_t values_ = 0;  ///< symbols that series hold
};

}  // namespace tided::metrics
