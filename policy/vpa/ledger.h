// Ledger: the histories of all that is measured under one policy (recommender/model/cluster.go).
//
//   instance (a pod) --has--> containers, each with a Meter --adds to--> History of its key
//   key = scope, container name, all labels of the instance      scope: Kubernetes' namespace
//   histories of the selected keys --merged by container name--> what recommend() looks at
//
// Instances come and go; their histories stay, so that a rollout, which changes labels, inherits
// what its predecessor learned. What has not been sampled for `intervals` intervals is dropped.
// Something that is neither grouped nor replaced needs no ledger: a Meter and a History do.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "policy/vocab/labels.h"
#include "policy/vpa/checkpoint.h"
#include "policy/vpa/history.h"
#include "policy/vpa/meter.h"
#include "policy/vpa/recommend.h"
#include "policy/vpa/settings.h"
#include "policy/vpa/snapshot.h"

namespace tided::policy::vpa {

class Ledger {
public:
    class Container;

    /// Which keys belong together: a label selector, in Kubernetes.
    using Selector = std::function<bool(const HistoryKey&)>;

    explicit Ledger(Settings settings) : settings_(std::move(settings)) {}
    ~Ledger() = default;
    Ledger(Ledger&&) = default;
    Ledger& operator=(Ledger&&) = default;
    Ledger(const Ledger&) = delete;
    Ledger& operator=(const Ledger&) = delete;

    /// The instance exists, with these labels and these containers; others it has had stay. With
    /// other labels than before, its containers go on in the histories of their new keys.
    void put(const InstanceId& id, const Appearance& seen);
    void remove(const InstanceId& id);

    /// Null when there is none. Valid until the instance is removed.
    [[nodiscard]] Container* find(const InstanceId& id, std::string_view container);

    /// A sample of a container that find() gave. Allocates nothing at rest.
    Verdict take(Container& container, const CpuSample& sample);
    Verdict take(Container& container, const MemorySample& sample);
    Verdict take(Container& container, const OutOfMemory& kill);

    /// At most hourly: drops histories without CPU samples that no instance contributes to, and
    /// those whose last CPU sample, or whose creation if there was none, is too long ago.
    void collect(TimePoint now);

    /// What the selected histories, and what was loaded, say of a coming day of this class.
    [[nodiscard]] ByContainer merged(const Selector& selects, DayClass coming);

    /// For upstream's format: both classes of days pooled, without the peaks of open windows, which
    /// would count twice once their windows are opened anew after a restart.
    [[nodiscard]] std::map<std::string, Checkpoint, std::less<>> checkpoints(
        const Selector& selects, TimePoint now);

    /// A history from a checkpoint: merged into all that is said of this container name.
    void load(std::string container, Aggregate aggregate);

    /// Everything, exactly.
    [[nodiscard]] Snapshot snapshot() const;

    /// Errors: a histogram that cannot be one. With another half-life than was in force, weights
    /// are converted as of `now`.
    [[nodiscard]] static Result<Ledger> restored(Settings settings,
                                                 const Snapshot& snapshot,
                                                 TimePoint now);

    [[nodiscard]] const Settings& settings() const { return settings_; }
    [[nodiscard]] std::size_t histories() const { return entries_.size(); }

private:
    struct Entry {
        History history;
        TimePoint created{};
    };
    struct Instance {
        std::string scope;
        Labels labels;
        std::map<std::string, Container, std::less<>> containers;
    };
    using Histories = std::map<std::string, History, std::less<>>;

    Container& add_container(Instance& instance, const std::string& name, const Meter& meter);
    void restore(const Snapshot::Instance& kept);
    [[nodiscard]] static HistoryKey key_of(const Container& container);
    Entry& entry_of(Container& container, TimePoint at);
    [[nodiscard]] bool is_expired(const HistoryKey& key, const Entry& entry, TimePoint now) const;
    [[nodiscard]] Histories merged_histories(const Selector& selects);

    Settings settings_;
    // The nodes of these maps stay where they are: containers point to them.
    std::map<HistoryKey, Entry> entries_;
    std::map<InstanceId, Instance> instances_;
    Histories loaded_;
    TimePoint last_collection_{};
};

/// One container of one instance.
class Ledger::Container {
public:
    [[nodiscard]] const Meter& meter() const { return meter_; }

private:
    friend class Ledger;

    Meter meter_;
    IntakeRules rules_;
    const Instance* instance_ = nullptr;
    const std::string* name_ = nullptr;
    Entry* entry_ = nullptr;  ///< null once its history has been dropped: it gets another
};

}  // namespace tided::policy::vpa
