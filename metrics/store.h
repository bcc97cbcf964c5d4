// Store: the recent samples of every series of one source, in memory.
//
//   labels --intern--> SeriesId --append--> window (metrics/window.h)
//   matchers --find--> SeriesIds --samples/latest--> cursor
//
// Appending follows Prometheus' head: time only moves forward within a series; a repeated instant
// with the same value is silently fine, with another value it is dropped; both kinds of drop are
// counted. The end of a series is a staleness marker, one particular NaN. Not thread-safe; keeps
// nothing on disk.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "metrics/matcher.h"
#include "metrics/symbols.h"
#include "metrics/window.h"
#include "policy/vocab/labels.h"
#include "policy/vocab/result.h"
#include "policy/vocab/sample.h"

namespace tided::metrics {

/// Prometheus' staleness marker: "this series ended here". Every other NaN is an ordinary value.
inline constexpr std::uint64_t stale_marker_bits = 0x7ff0000000000002;
[[nodiscard]] inline double stale_marker() {
    return std::bit_cast<double>(stale_marker_bits);
}
[[nodiscard]] inline bool is_stale_marker(double value) {
    return std::bit_cast<std::uint64_t>(value) == stale_marker_bits;
}

/// A series of one store. An id outlives its series harmlessly: it is then known to be dead.
struct SeriesId {
    std::uint32_t slot = 0;
    std::uint32_t generation = 0;  ///< 0 is no series

    friend bool operator==(SeriesId, SeriesId) = default;
};

/// Series of one scrape target, which get their samples together or not at all. 0 is no group.
using Group = std::uint32_t;

/// What became of one appended sample.
enum class Appended : std::uint8_t {
    stored,
    duplicate,     ///< same instant, same value: nothing to do
    conflicting,   ///< same instant, another value: dropped
    out_of_order,  ///< older than the newest: dropped
    dead_series,   ///< the series was removed: intern it again
};

/// What is read of held series (Store::hold): what they said last, or nothing.
enum class Held : std::uint8_t { at_last, left_out };

class Store {
public:
    struct Counts {
        std::uint64_t appended = 0;
        std::uint64_t duplicate = 0;
        std::uint64_t conflicting = 0;
        std::uint64_t out_of_order = 0;
        std::uint64_t clamped = 0;       ///< stamped ahead of us: stored as of now
        std::uint64_t out_of_range = 0;  ///< stamped far ahead or before 1970: dropped
        std::uint64_t created = 0;
        std::uint64_t removed = 0;
    };

    static constexpr std::size_t unlimited = SIZE_MAX;

    explicit Store(std::size_t series_limit = unlimited) : series_limit_(series_limit) {}
    Store(const Store&) = delete;
    Store& operator=(const Store&) = delete;

    /// How far back samples are kept, counted from the newest of each series. What is already
    /// held longer goes with the next append. Default: five minutes.
    void keep(Duration retention) { retention_ = retention; }
    [[nodiscard]] Duration retention() const { return retention_; }

    /// The series of exactly these labels, made when unknown. REQUIRES: normalised labels.
    /// Errors: out_of_capacity, when one more series would exceed the limit.
    /// A known series stays in the group it is in.
    [[nodiscard]] Result<SeriesId> intern(const Labels& labels, Group group = 0);

    /// Undoes the intern() that made `id`, when it is the caller's alone and has no samples.
    void take_back(SeriesId id);

    [[nodiscard]] Group make_group();

    /// Marks the series of `group` as held: why they get no samples is not known, so what reads a
    /// range of them reads the one before their newest sample, not one that empties.
    void hold(Group group) { held_[group] = true; }
    void release(Group group) { held_[group] = false; }
    [[nodiscard]] bool is_held(SeriesId id) const {
        return contains(id) && held_[series_[id.slot].group];
    }

    Appended append(SeriesId id, TimePoint at, double value);

    /// The series that satisfy all matchers, in no particular order.
    /// Quick when one matcher is __name__="...": others walk every series.
    [[nodiscard]] std::vector<SeriesId> find(std::span<const Matcher> matchers) const;

    /// Grows by one whenever a series appears or goes: a result of find() holds until then.
    [[nodiscard]] std::uint64_t version() const { return version_; }

    /// The samples of `id` in [first, last], staleness markers included. Empty when dead.
    [[nodiscard]] Cursor samples(SeriesId id, TimePoint first, TimePoint last) const;

    /// The newest sample at or before `at`; may be a staleness marker.
    [[nodiscard]] std::optional<Sample> latest(SeriesId id, TimePoint at) const;

    [[nodiscard]] Labels labels(SeriesId id) const;

    /// The value of one label, "" when absent. The view lives as long as the series.
    [[nodiscard]] std::string_view label(SeriesId id, std::string_view name) const;

    [[nodiscard]] bool contains(SeriesId id) const;

    /// Removes the series whose newest sample is older than the retention.
    void expire(TimePoint now);

    /// Shifts every stored instant, after a wall-clock jump.
    void rebase(Duration jump) { base_ += jump; }

    [[nodiscard]] std::size_t size() const { return live_; }
    [[nodiscard]] const Counts& counts() const { return counts_; }

    /// For whoever judges a sample's instant before it is appended.
    void count_clamped() { ++counts_.clamped; }
    void count_out_of_range() { ++counts_.out_of_range; }

private:
    struct SymbolPair {
        Symbol name;
        Symbol value;
    };
    struct Series {
        std::vector<SymbolPair> labels;
        Window window;
        std::uint64_t hash = 0;
        std::uint32_t next_same_hash = no_slot;
        std::uint32_t generation = 1;
        Group group = 0;
        std::uint32_t place_in_name = 0;  ///< where by_name_ lists it
        bool live = false;
    };
    static constexpr std::uint32_t no_slot = UINT32_MAX;

    [[nodiscard]] bool has_labels(const Series& series, const Labels& labels) const;
    [[nodiscard]] bool satisfies(const Series& series, std::span<const Matcher> matchers) const;
    [[nodiscard]] std::string_view label_of(const Series& series, std::string_view name) const;
    [[nodiscard]] SeriesId id_of(std::uint32_t slot) const;
    std::uint32_t take_slot();
    void remove(std::uint32_t slot);
    void unlink_hash(std::uint32_t slot);
    void unlink_name(std::uint32_t slot);

    std::size_t series_limit_;
    Duration retention_ = std::chrono::minutes{5};
    Duration base_{};
    Symbols symbols_;
    std::vector<Series> series_;
    std::vector<std::uint32_t> free_;
    std::vector<bool> held_{false};                             ///< by group
    std::unordered_map<std::uint64_t, std::uint32_t> by_hash_;  ///< first slot of each hash
    std::unordered_map<std::string_view, std::vector<std::uint32_t>> by_name_;
    std::size_t live_ = 0;
    std::uint64_t version_ = 0;
    Counts counts_;
};

}  // namespace tided::metrics
