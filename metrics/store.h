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

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "metrics/blocks.h"
#include "metrics/matcher.h"
#include "metrics/series_index.h"
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
        std::uint64_t malformed = 0;     ///< bad lines that nobody wants
        std::uint64_t created = 0;
        std::uint64_t removed = 0;
    };

    static constexpr std::size_t unlimited = SIZE_MAX;

    explicit Store(std::size_t series_limit = unlimited, std::size_t memory_limit = unlimited)
        : series_limit_(series_limit), memory_limit_(memory_limit) {}
    Store(const Store&) = delete;
    Store& operator=(const Store&) = delete;

    /// How far back samples are kept, counted from the newest of each series, and for how long a
    /// series is that gets none, which is no shorter. Default: five minutes.
    void keep(Duration retention, Duration series = {}) {
        retention_ = retention;
        series_retention_ = std::max(retention, series);
    }
    [[nodiscard]] Duration retention() const { return retention_; }

    /// The series of exactly these labels, made when unknown. REQUIRES: normalised labels.
    /// Errors: out_of_capacity, when one more series would exceed the limit, or memory has. Samples
    /// of known series are taken all the same: retention bounds them.
    /// A known series stays in the group it is in, unless that was dropped.
    [[nodiscard]] Result<SeriesId> intern(std::span<const LabelView> labels, Group group = 0);
    [[nodiscard]] Result<SeriesId> intern(const Labels& labels, Group group = 0) {
        return intern(views_of(labels), group);
    }

    /// Undoes the intern() that made `id`, when it is the caller's alone and has no samples.
    void take_back(SeriesId id);

    [[nodiscard]] Group make_group();
    /// Nobody adds to the group any more; its number is used again when its last series is gone. A
    /// series that is interned again moves to the group that asks for it.
    void drop_group(Group group);

    /// Marks the series of `group` as held: why they get no samples is not known, so what reads a
    /// range of them reads the one before their newest sample, not one that empties.
    void hold(Group group) { groups_[group].is_held = true; }
    void release(Group group) { groups_[group].is_held = false; }
    [[nodiscard]] bool is_held(SeriesId id) const {
        return contains(id) && groups_[lives_[id.slot].group].is_held;
    }

    Appended append(SeriesId id, TimePoint at, double value);

    /// Asks for the memory of an append() to come: the nearer, the more of it is known.
    void prefetch_far(SeriesId id) const { __builtin_prefetch(&windows_[id.slot], 1); }
    void prefetch_near(SeriesId id) const { windows_[id.slot].prefetch(); }

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

    /// Whether labels(one) < labels(other). REQUIRES: both live.
    [[nodiscard]] bool is_before(SeriesId one, SeriesId other) const {
        return index_.is_before(one.slot, other.slot);
    }

    /// The value of one label, "" when absent. The view lives as long as the series.
    [[nodiscard]] std::string_view label(SeriesId id, std::string_view name) const;

    [[nodiscard]] bool contains(SeriesId id) const;

    /// Removes the series whose newest sample is older than series are kept.
    void expire(TimePoint now);

    /// Removes one series, whatever its samples. Nothing when it is dead already.
    void remove(SeriesId id) {
        if (contains(id)) {
            remove(id.slot);
        }
    }

    /// Shifts every stored instant, after a wall-clock jump.
    void rebase(Duration jump) { base_ += jump; }

    [[nodiscard]] std::size_t size() const { return index_.size(); }
    /// Whether it refuses a new series for their number.
    [[nodiscard]] bool is_full() const { return size() >= series_limit_; }

    /// What the series and their samples take in memory, nearly.
    [[nodiscard]] std::size_t bytes() const {
        return index_.bytes() + windows_.bytes() + lives_.bytes() + samples_;
    }
    [[nodiscard]] const Counts& counts() const { return counts_; }

    /// For whoever judges a sample's instant before it is appended.
    void count_clamped() { ++counts_.clamped; }
    void count_out_of_range() { ++counts_.out_of_range; }
    void count_malformed(std::size_t lines) { counts_.malformed += lines; }

private:
    struct Life {
        std::uint32_t generation = 1;  ///< of the series that has the slot, or will have it
        Group group = 0;
    };

    struct GroupState {
        std::uint32_t series = 0;
        bool is_held = false;
        bool is_dropped = false;
    };

    [[nodiscard]] bool satisfies(std::uint32_t slot, std::span<const Matcher> matchers) const;
    [[nodiscard]] SeriesId id_of(std::uint32_t slot) const {
        return {.slot = slot, .generation = lives_[slot].generation};
    }
    void remove(std::uint32_t slot);
    void join(Life& life, Group group);
    void leave_group(const Life& life);

    std::size_t series_limit_;
    std::size_t memory_limit_;
    Duration retention_ = std::chrono::minutes{5};
    Duration series_retention_ = std::chrono::minutes{5};
    Duration base_{};
    SeriesIndex index_;
    Blocks<Life> lives_;      ///< by the index's slots
    Blocks<Window> windows_;  ///< likewise
    std::vector<GroupState> groups_{GroupState{}};
    std::vector<Group> free_groups_;
    std::size_t samples_ = 0;  ///< bytes that the windows allocated
    std::uint64_t version_ = 0;
    Counts counts_;
};

}  // namespace tided::metrics
