// What outlives a restart: checkpoints as upstream writes them, snapshots as tided does.
#include "policy/vpa/ledger.h"

namespace tided::policy::vpa {

std::map<std::string, Checkpoint, std::less<>> Ledger::checkpoints(const Selector& selects,
                                                                   TimePoint now) {
    ByContainer pooled;
    for (auto& [container, history] : merged_histories(selects)) {
        history.pool(pooled.try_emplace(container, settings_).first->second);
    }
    for (const auto& [id, instance] : instances_) {
        for (const auto& [name, container] : instance.containers) {
            const HistoryKey key = key_of(container);
            const MemoryWindow& window = container.meter_.memory;
            if (now < window.end && selects(key) && entries_.contains(key)) {
                pooled.at(name).subtract_memory(window.end, window.peak());
            }
        }
    }
    std::map<std::string, Checkpoint, std::less<>> checkpoints;
    for (const auto& [container, aggregate] : pooled) {
        checkpoints.emplace(container, to_checkpoint(aggregate));
    }
    return checkpoints;
}

void Ledger::load(std::string container, Aggregate aggregate) {
    loaded_.insert_or_assign(
        std::move(container),
        History{History::Days{std::move(aggregate), Aggregate{settings_}}, settings_});
}

Snapshot Ledger::snapshot() const {
    Snapshot snapshot{.last_collection = last_collection_};
    for (const auto& [key, entry] : entries_) {
        snapshot.entries.push_back(
            {.key = key, .created = entry.created, .history = to_record(entry.history)});
    }
    for (const auto& [id, instance] : instances_) {
        Snapshot::Instance& kept = snapshot.instances.emplace_back(
            Snapshot::Instance{.id = id, .labels = instance.labels});
        for (const auto& [name, container] : instance.containers) {
            kept.containers.push_back({.name = name, .meter = container.meter_});
        }
    }
    for (const auto& [container, history] : loaded_) {
        snapshot.loaded.push_back({.container = container, .history = to_record(history)});
    }
    return snapshot;
}

Result<Ledger> Ledger::restored(Settings settings, const Snapshot& snapshot, TimePoint now) {
    Ledger ledger{std::move(settings)};
    ledger.last_collection_ = snapshot.last_collection;
    for (const Snapshot::Entry& entry : snapshot.entries) {
        auto history = from_record(entry.history, ledger.settings_, now);
        if (!history) {
            return fail(std::move(history).error().within("history of " + entry.key.container));
        }
        ledger.entries_.emplace(entry.key,
                                Entry{.history = std::move(*history), .created = entry.created});
    }
    for (const Snapshot::Loaded& loaded : snapshot.loaded) {
        auto history = from_record(loaded.history, ledger.settings_, now);
        if (!history) {
            return fail(std::move(history).error().within("loaded for " + loaded.container));
        }
        ledger.loaded_.emplace(loaded.container, std::move(*history));
    }
    for (const Snapshot::Instance& kept : snapshot.instances) {
        ledger.restore(kept);
    }
    return ledger;
}

void Ledger::restore(const Snapshot::Instance& kept) {
    Instance& instance = instances_[kept.id];
    instance.scope = kept.id.scope;
    instance.labels = kept.labels;
    for (const Snapshot::Container& container : kept.containers) {
        add_container(instance, container.name, container.meter);
    }
}

}  // namespace tided::policy::vpa
