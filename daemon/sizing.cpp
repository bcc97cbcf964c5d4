#include "daemon/sizing.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <utility>

#include "daemon/size_words.h"
#include "metrics/phase.h"
#include "policy/guard.h"
#include "policy/vpa/amount.h"
#include "policy/vpa/estimate.h"

namespace tided::daemon {
namespace {

namespace vpa = policy::vpa;
using config::Usage;

constexpr Duration oldest_sample = std::chrono::minutes{5};
constexpr Duration instance_patience = std::chrono::hours{1};
/// What a query that forgets its labels costs at most.
constexpr std::size_t most_instances = 10'000;
constexpr std::size_t most_containers = 100;

bool all_keys(const vpa::HistoryKey& /*key*/) {
    return true;
}

vpa::Amounts amounts_of(const vpa::Resources& resources) {
    return {.cpu = vpa::Amount{resources.cpu.count}, .memory = vpa::Amount{resources.memory.count}};
}

ContainerSize size_of(const vpa::Recommendation& said, const vpa::Aggregate& from) {
    return {.container = std::string{said.container},
            .target = said.target,
            .lower = said.lower,
            .upper = said.upper,
            .uncapped = said.uncapped,
            .samples = from.samples,
            .first_sample = from.first_sample,
            .confidence = vpa::confidence(from, std::chrono::hours{24}),
            .reasons = {}};
}

}  // namespace

Sizing::Sizing(std::string policy, Shared<config::Vertical> rules, const CountRules& count)
    : policy_(std::move(policy)),
      rules_(std::move(rules)),
      ledger_(rules_->settings),
      phase_(metrics::phase_of(policy_, "usage", rules_->interval)) {
    if (rules_->joint) {
        shaping_.emplace(*rules_->joint, count);
    }
}

Status Sizing::resume(const UsageMemory& known, TimePoint now) {
    auto ledger = vpa::Ledger::restored(rules_->settings, known.usage, now);
    if (!ledger) {
        return fail(std::move(ledger).error());
    }
    ledger_ = *std::move(ledger);
    for (const vpa::Snapshot::Instance& instance : known.usage.instances) {
        known_[instance.id].seen = now;
    }
    if (shaping_ && known.demand) {
        shaping_->resume(*known.demand);
    }
    recommend(now);
    return {};
}

Status Sizing::succeed(const Sizing& former, TimePoint now) {
    Status resumed = resume(former.memory(), now);
    if (resumed) {
        known_ = former.known_;
        is_unsaved_ = former.is_unsaved_;
        view_.trouble = former.view_.trouble;
    }
    return resumed;
}

UsageMemory Sizing::memory() const {
    UsageMemory memory{.usage = ledger_.snapshot()};
    if (shaping_) {
        memory.demand = shaping_->state();
    }
    return memory;
}

void Sizing::look(metrics::Source& source, const Questions& questions, TimePoint now) {
    due_ = metrics::next_instant(now, rules_->interval, phase_);
    view_.trouble.clear();
    used_ = {};
    for (std::size_t i = 0; i < config::usages; ++i) {
        heard_[i] = rules_->asks(i) ? source.measure(questions[i], now) : metrics::Measurements{};
        note_absence(i);
    }
    take_usage(now);
    take_kills(now);
    let_go(now);
    ledger_.collect(now);
    recommend(now);
    shape(now);
    heard_ = {};
}

/// Of what is asked in addition there need not be any.
void Sizing::note_absence(std::size_t usage) {
    const Absence absence = heard_[usage].absence;
    const bool may_lack = usage > static_cast<std::size_t>(Usage::memory);
    const bool is_trouble = rules_->asks(usage) && absence != Absence::none &&
                            !(may_lack && absence == Absence::no_series);
    if (is_trouble && view_.trouble.empty()) {
        view_.trouble =
            std::string{config::usage_keys[usage]} + ": " + std::string{to_string(absence)};
    }
}

/// Calls `use(place, element)` for each element that can be judged.
template <typename Use>
void Sizing::for_each(Usage usage, TimePoint now, const Use& use) {
    const Duration patience = std::max(oldest_sample, 2 * rules_->interval);
    std::size_t refused = 0;
    std::size_t nameless = 0;
    for (const metrics::Measured& element : heard_[static_cast<std::size_t>(usage)].all) {
        const bool is_old = now - element.at > patience;
        if (!std::isfinite(element.value) || element.value < 0.0 || is_old) {
            ++refused;
            continue;
        }
        const Place place = place_of(element.labels);
        nameless += place.instance.name.empty() ? 1U : 0U;
        use(place, element);
    }
    const std::string key{config::usage_keys[static_cast<std::size_t>(usage)]};
    if (refused > 0) {
        view_.trouble = std::to_string(refused) + " of the elements of " + key +
                        " are no amounts, or older than " + to_string(patience);
    }
    if (nameless > 1) {
        view_.trouble = std::to_string(nameless) + " elements of " + key +
                        " lack the label that tells instances apart";
    }
}

Sizing::Place Sizing::place_of(const Labels& labels) const {
    const auto value = [&](std::string_view label) { return std::string{value_of(labels, label)}; };
    std::string instance = value(rules_->instance.empty() ? "pod" : rules_->instance);
    if (instance.empty() && rules_->instance.empty()) {
        instance = value("instance");
    }
    std::string container = value(rules_->container);
    if (container.empty()) {
        container = policy_;
    }
    return {.instance = {.scope = value("namespace"), .name = std::move(instance)},
            .container = std::move(container)};
}

Sizing::Values Sizing::values_of(Usage usage, TimePoint now) {
    Values values;
    for_each(usage, now, [&](const Place& place, const metrics::Measured& element) {
        values[place] = element.value;
    });
    return values;
}

/// Null when there are too many already.
vpa::Ledger::Container* Sizing::container_at(const Place& place, TimePoint now) {
    const auto known = known_.find(place.instance);
    if (known == known_.end() && known_.size() >= most_instances) {
        view_.trouble = "there are more than " + std::to_string(most_instances) +
                        " instances: those that came last are left out";
        return nullptr;
    }
    if (vpa::Ledger::Container* found = ledger_.find(place.instance, place.container)) {
        known_[place.instance].seen = now;
        return found;
    }
    if (ledger_.histories() >= most_containers) {
        view_.trouble = "there are more than " + std::to_string(most_containers) +
                        " kinds of containers: those that came last are left out";
        return nullptr;
    }
    known_[place.instance].seen = now;
    ledger_.put(place.instance, {.containers = {place.container}, .at = now});
    return ledger_.find(place.instance, place.container);
}

void Sizing::note(vpa::Verdict verdict) {
    is_unsaved_ = is_unsaved_ || verdict == vpa::Verdict::taken;
}

void Sizing::take_usage(TimePoint now) {
    const Values starts = values_of(Usage::start_time, now);
    for_each(Usage::cpu, now, [&](const Place& place, const metrics::Measured& element) {
        vpa::Ledger::Container* container = container_at(place, now);
        if (container == nullptr) {
            return;
        }
        used_.count += element.value;
        if (const auto start = starts.find(place); start != starts.end()) {
            ledger_.put(
                place.instance,
                {.containers = {place.container},
                 .at = now,
                 .started = from_unix_seconds(std::min(start->second, to_unix_seconds(now)))});
        }
        note(ledger_.take(*container,
                          vpa::CpuSample{.at = element.at,
                                         .usage = vpa::cpu_of_cores(element.value),
                                         .day = day_of(element.at)}));
    });
    for_each(Usage::memory, now, [&](const Place& place, const metrics::Measured& element) {
        if (vpa::Ledger::Container* container = container_at(place, now)) {
            note(ledger_.take(*container,
                              vpa::MemorySample{.at = element.at,
                                                .usage = vpa::memory_of_bytes(element.value),
                                                .day = day_of(element.at)}));
        }
    });
}

void Sizing::take_kills(TimePoint now) {
    const Values requests = values_of(Usage::memory_request, now);
    for_each(Usage::oom_kills, now, [&](const Place& place, const metrics::Measured& element) {
        vpa::Ledger::Container* container = container_at(place, now);
        if (container == nullptr) {
            return;
        }
        auto& kills = known_[place.instance].kills;
        const auto [last, is_first] = kills.try_emplace(place.container, element.value);
        const double before = std::exchange(last->second, element.value);
        if (is_first || element.value <= before) {
            return;
        }
        const auto request = requests.find(place);
        const Bytes given =
            request == requests.end() ? Bytes{} : vpa::memory_of_bytes(request->second);
        note(ledger_.take(
            *container,
            vpa::OutOfMemory{.at = element.at, .request = given, .day = day_of(element.at)}));
        if (shaping_) {
            shaping_->note_kill(rules_->joint->given.memory, now);
        }
    });
}

vpa::DayClass Sizing::day_of(TimePoint at) const {
    const auto day = std::chrono::floor<std::chrono::days>(rules_->zone.local_at(at));
    const std::chrono::weekday weekday{day};
    return weekday == std::chrono::Saturday || weekday == std::chrono::Sunday
               ? vpa::DayClass::rest_day
               : vpa::DayClass::workday;
}

void Sizing::let_go(TimePoint now) {
    std::erase_if(known_, [&](const auto& entry) {
        const bool is_gone = now - entry.second.seen >= instance_patience;
        if (is_gone) {
            ledger_.remove(entry.first);
        }
        return is_gone;
    });
}

void Sizing::recommend(TimePoint now) {
    const vpa::ByContainer containers = ledger_.merged(all_keys, day_of(now));
    view_.containers.clear();
    tail_.clear();
    if (containers.empty()) {
        return;
    }
    if (shaping_ && containers.size() == 1) {
        tail_ = tail_of(containers.begin()->second, rules_->settings.intake.interval);
    }
    const vpa::Amounts share =
        amounts_of(vpa::share_of_minimum(rules_->settings, containers.size()));
    for (const vpa::Recommendation& said : vpa::recommend(containers, rules_->settings)) {
        const vpa::Aggregate& from = containers.find(said.container)->second;
        if (from.samples == 0) {
            continue;  // nothing was measured yet: the minimum would look like an answer
        }
        ContainerSize& size = view_.containers.emplace_back(size_of(said, from));
        size.reasons = reasons_of(size, rules_->settings, share);
    }
}

/// Replicas are the instances that CPU was measured of in this look.
void Sizing::shape(TimePoint now) {
    if (!shaping_) {
        return;
    }
    std::set<vpa::InstanceId> instances;
    for (const metrics::Measured& element : heard_[static_cast<std::size_t>(Usage::cpu)].all) {
        instances.insert(place_of(element.labels).instance);
    }
    Shaping::Usage usage{.replicas = {static_cast<std::int32_t>(instances.size())}, .tail = tail_};
    if (view_.trouble.empty()) {
        usage.used = used_;
    }
    for (const ContainerSize& size : view_.containers) {
        usage.memory.count += size.uncapped.memory.value_or(vpa::Amount{}).count;
    }
    view_.shape = shaping_->look(usage, now);
    is_unsaved_ = true;
}

std::vector<NamedCheckpoint> Sizing::checkpoints(TimePoint now) {
    std::vector<NamedCheckpoint> all;
    for (auto& [container, checkpoint] : ledger_.checkpoints(all_keys, now)) {
        all.push_back({.space = {},
                       .vpa = policy_,
                       .container = container,
                       .checkpoint = std::move(checkpoint)});
    }
    return all;
}

Status Sizing::load(const std::vector<NamedCheckpoint>& checkpoints, TimePoint now) {
    std::map<std::string, vpa::Aggregate> loaded;
    for (const NamedCheckpoint& named : checkpoints) {
        const vpa::Checkpoint& one = named.checkpoint;
        const std::string place = "container " + named.container;
        // What lies far ahead would outweigh all that is yet to come.
        const TimePoint latest =
            now + rules_->settings.intake.interval +
            std::max(rules_->settings.cpu.half_life, rules_->settings.memory.half_life);
        for (const TimePoint at : {one.cpu_histogram.reference_timestamp,
                                   one.memory_histogram.reference_timestamp,
                                   one.first_sample_start,
                                   one.last_sample_start}) {
            if (at > latest) {
                return fail(ErrorCode::invalid_input,
                            place + ": " + policy::instant(at) + " lies in the future");
            }
        }
        auto aggregate = vpa::from_checkpoint(one, rules_->settings);
        if (!aggregate) {
            return fail(std::move(aggregate).error().within(place));
        }
        if (!loaded.emplace(named.container, *std::move(aggregate)).second) {
            return fail(ErrorCode::invalid_input, place + " is there twice");
        }
    }
    for (auto& [container, aggregate] : loaded) {
        ledger_.load(container, std::move(aggregate));
    }
    is_unsaved_ = true;
    recommend(now);
    return {};
}

void Sizing::rebase(Duration jump, TimePoint now) {
    UsageMemory moved = memory();
    vpa::rebase(moved.usage, jump);
    if (moved.demand) {
        policy::joint::rebase(*moved.demand, jump);
    }
    const auto known = known_;
    if (resume(moved, now)) {  // what has just been a ledger can be one again
        known_ = known;
    }
    for (auto& [id, instance] : known_) {
        instance.seen += jump;
    }
    due_ = now;
    is_unsaved_ = true;
}

}  // namespace tided::daemon
