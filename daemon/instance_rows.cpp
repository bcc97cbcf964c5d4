#include "daemon/instance_rows.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "daemon/config/instance.h"

namespace tided::daemon {
namespace {

constexpr std::string_view prefix = "instance/";
constexpr std::string_view here = "here ";
constexpr std::string_view gone = "gone ";

/// An instance that went.
struct Gone {
    TimePoint at{};
    std::string_view identity;
};

std::optional<Gone> read_gone(std::string_view value) {
    if (!value.starts_with(gone)) {
        return std::nullopt;
    }
    value.remove_prefix(gone.size());
    Duration::rep since = 0;
    const auto [end, problem] = std::from_chars(value.data(), value.data() + value.size(), since);
    if (problem != std::errc{} || end == value.data() + value.size()) {
        return std::nullopt;
    }
    return Gone{.at = TimePoint{Duration{since}},
                .identity = value.substr(static_cast<std::size_t>(end - value.data()) + 1)};
}

std::string gone_row(std::string_view identity, TimePoint now) {
    return std::string{gone} + std::to_string(now.time_since_epoch().count()) + ' ' +
           std::string{identity};
}

/// Name and identity of each instance of the fleet.
std::unordered_map<std::string_view, std::string_view> instances_of(const Fleet& fleet) {
    std::unordered_map<std::string_view, std::string_view> instances;
    for (const auto& policy : fleet.policies) {
        if (!policy->config.made_of.empty()) {
            instances.emplace(policy->config.spec.name, policy->pool->identity);
        }
    }
    return instances;
}

/// Calls `each(name, value)` for every row; the value may be changed.
template <typename Each>
void for_each_row(Snapshot& memory, const Each& each) {
    for (auto row = memory.facts.lower_bound(std::string{prefix});
         row != memory.facts.end() && row->first.starts_with(prefix);
         ++row) {
        each(std::string_view{row->first}.substr(prefix.size()), row->second);
    }
}

/// A pause lasts as long as was asked, whoever is gone meanwhile.
void forget_unpaused(Snapshot& memory, const std::string& name) {
    const auto policy = memory.policies.find(name);
    if (policy != memory.policies.end() && !policy->second.pause) {
        memory.policies.erase(policy);
    }
}

}  // namespace

void restore(LiveTemplate& made_of, const Snapshot& memory) {
    for (auto row = memory.facts.lower_bound(std::string{prefix});
         row != memory.facts.end() && row->first.starts_with(prefix);
         ++row) {
        const std::string_view name = std::string_view{row->first}.substr(prefix.size());
        const auto value = config::value_of_instance(made_of.config, name);
        if (value && row->second.starts_with(here)) {
            made_of.roster.restore(*value);
        }
    }
}

Batch update_rows(Snapshot& memory, const Fleet& fleet, TimePoint now) {
    Batch batch;
    const auto instances = instances_of(fleet);
    for_each_row(memory, [&](std::string_view name, std::string& value) {
        if (value.starts_with(here) && !instances.contains(name)) {
            value = gone_row(std::string_view{value}.substr(here.size()), now);
            batch.facts.emplace(std::string{prefix} + std::string{name}, value);
        }
    });
    for (const auto& [name, identity] : instances) {
        std::string value = std::string{here} + std::string{identity};
        std::string& known = memory.facts[std::string{prefix} + std::string{name}];
        if (known != value) {
            known = value;
            batch.facts.emplace(std::string{prefix} + std::string{name}, std::move(value));
        }
    }
    return batch;
}

Batch forget_instances(Snapshot& memory, const Fleet& fleet, TimePoint cutoff) {
    Batch batch;
    std::unordered_set<std::string_view> used;
    for (const auto& pool : fleet.pools) {
        used.insert(pool->identity);
    }
    for_each_row(memory, [&](std::string_view name, const std::string& value) {
        const auto row = read_gone(value);
        if (row && row->at < cutoff) {
            batch.dropped_facts.push_back(std::string{prefix} + std::string{name});
            forget_unpaused(memory, std::string{name});
            if (!used.contains(row->identity)) {
                batch.dropped_pools.emplace_back(row->identity);
                memory.checkpoints.erase(batch.dropped_pools.back());
            }
        }
    });
    for (const std::string& fact : batch.dropped_facts) {
        memory.facts.erase(fact);
    }
    return batch;
}

}  // namespace tided::daemon
