// Snapshot: everything a Ledger knows, as plain values for the daemon's durable state. Unlike
// upstream's checkpoints it is exact: a double stays the double it was, and the memory windows that
// are open go on after a restart. Upstream leaves their peaks out, and a recommender that restarts
// more often than once per interval never keeps one: it sizes crash loops at the minimum.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "policy/vocab/labels.h"
#include "policy/vocab/result.h"
#include "policy/vpa/history.h"
#include "policy/vpa/meter.h"

namespace tided::policy::vpa {

/// Which samples share a history.
struct HistoryKey {
    std::string scope;
    std::string container;
    Labels labels;

    friend auto operator<=>(const HistoryKey&, const HistoryKey&) = default;
};

struct InstanceId {
    std::string scope;
    std::string name;

    friend auto operator<=>(const InstanceId&, const InstanceId&) = default;
};

/// An instance as it is seen.
struct Appearance {
    Labels labels = {};
    std::vector<std::string> containers = {};
    TimePoint at{};
    TimePoint started = never;  ///< when its containers last were, if known
};

struct HistogramRecord {
    HistogramState weights{};
    Duration half_life{};
    TimePoint reference = never;

    friend bool operator==(const HistogramRecord&, const HistogramRecord&) = default;
};

struct AggregateRecord {
    HistogramRecord cpu{};
    HistogramRecord memory{};
    TimePoint first_sample = never;
    TimePoint last_sample = never;
    std::int64_t samples = 0;

    friend bool operator==(const AggregateRecord&, const AggregateRecord&) = default;
};

using HistoryRecord = std::array<AggregateRecord, day_classes>;

struct Snapshot {
    struct Entry {
        HistoryKey key;
        TimePoint created{};
        HistoryRecord history{};

        friend bool operator==(const Entry&, const Entry&) = default;
    };
    struct Container {
        std::string name;
        Meter meter{};

        friend bool operator==(const Container&, const Container&) = default;
    };
    struct Instance {
        InstanceId id;
        Labels labels = {};
        std::vector<Container> containers = {};

        friend bool operator==(const Instance&, const Instance&) = default;
    };
    struct Loaded {
        std::string container;
        HistoryRecord history{};

        friend bool operator==(const Loaded&, const Loaded&) = default;
    };

    std::vector<Entry> entries = {};
    std::vector<Instance> instances = {};
    std::vector<Loaded> loaded = {};
    TimePoint last_collection{};

    friend bool operator==(const Snapshot&, const Snapshot&) = default;
};

/// After a wall-clock jump: every instant that is known of moves with it.
void rebase(Snapshot& snapshot, Duration jump);

[[nodiscard]] HistoryRecord to_record(const History& history);

/// Errors: bounds that are none, weights that are negative or not finite. Days that were apart are
/// pooled if the settings do not separate them any more.
[[nodiscard]] Result<History> from_record(const HistoryRecord& record,
                                          const Settings& settings,
                                          TimePoint now);

}  // namespace tided::policy::vpa
