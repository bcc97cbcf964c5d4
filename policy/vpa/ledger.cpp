// Keys, links and merging: see the header. What is durable is in ledger_durable.cpp.
#include "policy/vpa/ledger.h"

#include <set>

namespace tided::policy::vpa {

namespace {

constexpr Duration collection_interval = std::chrono::hours{1};

}  // namespace

HistoryKey Ledger::key_of(const Container& container) {
    return {.scope = container.instance_->scope,
            .container = *container.name_,
            .labels = container.instance_->labels};
}

Ledger::Entry& Ledger::entry_of(Container& container, TimePoint at) {
    if (container.entry_ == nullptr) {
        const Entry fresh{.history = History{settings_}, .created = at};
        container.entry_ = &entries_.try_emplace(key_of(container), fresh).first->second;
    }
    return *container.entry_;
}

void Ledger::put(const InstanceId& id, const Appearance& seen) {
    Instance& instance = instances_[id];
    instance.scope = id.scope;
    if (instance.labels != seen.labels) {
        instance.labels = seen.labels;
        for (auto& [name, container] : instance.containers) {
            container.entry_ = nullptr;
            entry_of(container, seen.at);
        }
    }
    for (const std::string& name : seen.containers) {
        if (!instance.containers.contains(name)) {
            entry_of(add_container(instance, name, Meter{}), seen.at);
        }
        if (seen.started != never) {
            instance.containers.at(name).meter_.started = seen.started;
        }
    }
}

Ledger::Container& Ledger::add_container(Instance& instance,
                                         const std::string& name,
                                         const Meter& meter) {
    const auto added = instance.containers.try_emplace(name).first;
    Container& container = added->second;
    container.meter_ = meter;
    container.rules_ = rules_for(settings_, name);
    container.instance_ = &instance;
    container.name_ = &added->first;
    return container;
}

void Ledger::remove(const InstanceId& id) {
    instances_.erase(id);
}

Ledger::Container* Ledger::find(const InstanceId& id, std::string_view container) {
    const auto instance = instances_.find(id);
    if (instance == instances_.end()) {
        return nullptr;
    }
    const auto found = instance->second.containers.find(container);
    return found == instance->second.containers.end() ? nullptr : &found->second;
}

// A refused sample does not bring a dropped history back.
Verdict Ledger::take(Container& container, const CpuSample& sample) {
    const Verdict verdict = judged(container.meter_, sample, container.rules_);
    return verdict == Verdict::taken ? vpa::take(container.meter_,
                                                 entry_of(container, sample.at).history,
                                                 sample,
                                                 container.rules_)
                                     : verdict;
}

Verdict Ledger::take(Container& container, const MemorySample& sample) {
    const Verdict verdict = judged(container.meter_, sample);
    return verdict == Verdict::taken ? vpa::take(container.meter_,
                                                 entry_of(container, sample.at).history,
                                                 sample,
                                                 container.rules_)
                                     : verdict;
}

Verdict Ledger::take(Container& container, const OutOfMemory& kill) {
    return vpa::take(
        container.meter_, entry_of(container, kill.at).history, kill, container.rules_);
}

bool Ledger::is_expired(const HistoryKey& key, const Entry& entry, TimePoint now) const {
    const IntakeRules rules = rules_for(settings_, key.container);
    const TimePoint last =
        entry.history.samples() == 0 ? entry.created : entry.history.last_sample();
    return now - last >= rules.interval * rules.intervals;
}

void Ledger::collect(TimePoint now) {
    if (now - last_collection_ < collection_interval) {
        return;
    }
    last_collection_ = now;
    std::set<HistoryKey> contributed_to;
    for (auto& [id, instance] : instances_) {
        for (auto& [name, container] : instance.containers) {
            contributed_to.insert(key_of(container));
            container.entry_ = nullptr;
        }
    }
    std::erase_if(entries_, [&](const auto& keyed) {
        const auto& [key, entry] = keyed;
        const bool is_idle = entry.history.samples() == 0 && !contributed_to.contains(key);
        return is_idle || is_expired(key, entry, now);
    });
}

Ledger::Histories Ledger::merged_histories(const Selector& selects) {
    Histories merged;
    const auto add = [&](const std::string& container, History& history) {
        merged.try_emplace(container, settings_).first->second.merge(history);
    };
    for (auto& [key, entry] : entries_) {
        if (selects(key)) {
            add(key.container, entry.history);
        }
    }
    for (auto& [container, history] : loaded_) {
        add(container, history);
    }
    return merged;
}

ByContainer Ledger::merged(const Selector& selects, DayClass coming) {
    ByContainer merged;
    Aggregate scratch{settings_};
    for (auto& [container, history] : merged_histories(selects)) {
        merged.emplace(container, history.considered(coming, settings_, scratch));
    }
    return merged;
}

}  // namespace tided::policy::vpa
