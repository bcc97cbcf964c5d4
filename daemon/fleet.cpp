#include "daemon/fleet.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <variant>

#include "actuators/actuators.h"
#include "daemon/sessions/later.h"
#include "metrics/sources.h"

namespace tided::daemon {
namespace {

template <typename Live>
class Index {
public:
    explicit Index(const std::vector<std::shared_ptr<Live>>& list) {
        for (std::size_t i = 0; i < list.size(); ++i) {
            places_.emplace(list[i]->config.name, i);
        }
    }
    /// The place of that name, or npos.
    [[nodiscard]] std::size_t place(const std::string& name) const {
        const auto at = places_.find(name);
        return at == places_.end() ? npos : at->second;
    }
    static constexpr std::size_t npos = static_cast<std::size_t>(-1);

private:
    std::unordered_map<std::string_view, std::size_t> places_;
};

template <typename Live>
std::shared_ptr<Live> named(const std::vector<std::shared_ptr<Live>>& list,
                            const Index<Live>& index,
                            const std::string& name) {
    const std::size_t place = index.place(name);
    return place == Index<Live>::npos ? nullptr : list[place];
}

/// A reload refuses what cannot be opened; a start goes on with the rest of the fleet.
Result<std::unique_ptr<Session>> open(const Workshop& workshop, const OpenSession& session) {
    return workshop.is_start ? open_now_or_later(session) : session();
}

Result<std::shared_ptr<LiveSource>> make_source(const config::Source& wanted,
                                                std::shared_ptr<LiveSource> same,
                                                const Workshop& workshop) {
    if (same && same->config == wanted) {
        return same;
    }
    auto live = std::make_shared<LiveSource>();
    live->config = wanted;
    auto session = open(
        workshop, [&network = workshop.network, http = wanted.http] { return network.open(http); });
    if (!session) {
        return fail(std::move(session).error().within("source " + wanted.name));
    }
    live->session = std::move(*session);
    live->source = std::visit(
        [&](const auto& spec) { return metrics::make_source(spec, *live->session); }, wanted.spec);
    return live;
}

Result<std::shared_ptr<LiveProvider>> make_provider(const config::Provider& wanted,
                                                    std::shared_ptr<LiveProvider> same,
                                                    const Workshop& workshop) {
    // A provider on this host has no account: nothing of it needs to be built again.
    const bool is_local = wanted.type != config::ProviderType::kubernetes;
    if (same && (same->config == wanted || (is_local && same->config.type == wanted.type))) {
        return same;
    }
    auto live = std::make_shared<LiveProvider>();
    live->config = wanted;
    if (live->is_remote()) {
        auto session =
            open(workshop,
                 [&network = workshop.network,
                  &processes = workshop.processes,
                  wanted,
                  may_run = workshop.may_run_programs] {
                     return network.open(wanted.kubernetes, wanted.http, processes, may_run);
                 });
        if (!session) {
            return fail(std::move(session).error().within("provider " + wanted.name));
        }
        live->session = std::move(*session);
    }
    return live;
}

Result<std::shared_ptr<LivePool>> make_pool(const config::Pool& wanted,
                                            std::shared_ptr<LiveProvider> provider,
                                            std::shared_ptr<LivePool> same,
                                            const Workshop& workshop) {
    if (same && same->config.spec == wanted.spec && same->provider == provider) {
        return same;
    }
    auto live = std::make_shared<LivePool>(wanted, workshop.io);
    auto actuator = actuators::make_actuator(wanted.spec,
                                             {.transport = provider->session.get(),
                                              .processes = &workshop.processes,
                                              .state_id = workshop.state_id});
    if (!actuator) {
        return fail(std::move(actuator).error().within("pool " + wanted.name));
    }
    live->provider = std::move(provider);
    live->predecessor = std::move(same);
    live->actuator = std::move(*actuator);
    live->rehearsal = actuators::make_dry_run(*live->actuator);
    live->identity = wanted.provider + "/" + live->actuator->identity();
    return live;
}

/// What is asked of one source; identical questions are asked once.
class Questions {
public:
    std::size_t ask(const metrics::Query& query) {
        const std::string key = query.expression + '\n' + to_string(query.max_age);
        const auto [at, is_new] = places_.emplace(key, asked_.size());
        if (is_new) {
            asked_.push_back(query);
        }
        return at->second;
    }
    std::vector<metrics::Query> take() { return std::move(asked_); }

private:
    std::unordered_map<std::string, std::size_t> places_;
    std::vector<metrics::Query> asked_;
};

/// Builds step by step; each member is complete before the next begins.
class Builder {
public:
    Builder(const config::Config& config,
            const Fleet& old,
            const Snapshot& memory,
            const Workshop& workshop)
        : config_(config), old_(old), memory_(memory), workshop_(workshop) {}

    Result<Fleet> build() {
        for (auto part : {&Builder::sources, &Builder::providers, &Builder::pools}) {
            if (Status made = (this->*part)(); !made) {
                return fail(std::move(made).error());
            }
        }
        policies();
        for (Questions& asked : questions_) {
            next_.questions.push_back(asked.take());
        }
        return std::move(next_);
    }

private:
    Status sources() {
        const Index<LiveSource> before{old_.sources};
        for (const config::Source& wanted : config_.sources) {
            auto live = make_source(wanted, named(old_.sources, before, wanted.name), workshop_);
            if (!live) {
                return fail(std::move(live).error());
            }
            next_.sources.push_back(std::move(*live));
        }
        questions_.resize(next_.sources.size());
        return {};
    }

    Status providers() {
        const Index<LiveProvider> before{old_.providers};
        for (const config::Provider& wanted : config_.providers) {
            auto live =
                make_provider(wanted, named(old_.providers, before, wanted.name), workshop_);
            if (!live) {
                return fail(std::move(live).error());
            }
            next_.providers.push_back(std::move(*live));
        }
        return {};
    }

    Status pools() {
        const Index<LivePool> before{old_.pools};
        const Index<LiveProvider> index{next_.providers};
        for (const config::Pool& wanted : config_.pools) {
            auto live = make_pool(wanted,
                                  named(next_.providers, index, wanted.provider),
                                  named(old_.pools, before, wanted.name),
                                  workshop_);
            if (!live) {
                return fail(std::move(live).error());
            }
            next_.pools.push_back(std::move(*live));
            next_.pool_configs.push_back(wanted);
        }
        return {};
    }

    void policies() {
        std::unordered_map<std::string_view, const LivePolicy*> before;
        for (const auto& policy : old_.policies) {
            before.emplace(policy->config.spec.name, policy.get());
        }
        const Index<LivePool> pools{next_.pools};
        const Index<LiveSource> sources{next_.sources};
        for (const config::Policy& wanted : config_.policies) {
            auto live = std::make_unique<LivePolicy>();
            live->config = wanted;
            live->pool = named(next_.pools, pools, wanted.pool);
            live->readings.assign(wanted.metrics.size(), Reading{});
            for (const config::MetricSource& metric : wanted.metrics) {
                live->slots.push_back(slot(metric, sources));
            }
            const auto known = before.find(wanted.spec.name);
            remember(*live, known == before.end() ? nullptr : known->second);
            next_.policies.push_back(std::move(live));
        }
        std::sort(next_.policies.begin(), next_.policies.end(), [](const auto& a, const auto& b) {
            return a->config.spec.name < b->config.spec.name;
        });
    }

    Slot slot(const config::MetricSource& metric, const Index<LiveSource>& sources) {
        Slot slot;
        const std::size_t main = sources.place(metric.source);
        slot.source = next_.sources[main];
        slot.query = questions_[main].ask(metric.query);
        if (!metric.fallback_source.empty()) {
            const std::size_t second = sources.place(metric.fallback_source);
            slot.fallback = next_.sources[second];
            slot.fallback_query = questions_[second].ask(metric.query);
        }
        return slot;
    }

    static void remember_freshness(LivePolicy& live, const LivePolicy& known) {
        for (std::size_t i = 0; i < live.slots.size() && i < known.slots.size(); ++i) {
            if (live.config.spec.metrics[i].name == known.config.spec.metrics[i].name) {
                live.slots[i].not_fresh_since = known.slots[i].not_fresh_since;
                live.slots[i].stale_told = known.slots[i].stale_told;
            }
        }
    }

    void remember(LivePolicy& live, const LivePolicy* known) const {
        if (known != nullptr) {
            live.state = known->state;
            live.pause = known->pause;
            live.told = known->told;
            live.view = known->view;
            remember_freshness(live, *known);
            return;
        }
        const auto stored = memory_.policies.find(live.config.spec.name);
        if (stored != memory_.policies.end()) {
            live.state = stored->second.state;
            live.pause = stored->second.pause;
            policy::resume(live.config.spec, live.state, workshop_.now);
        }
    }

    const config::Config& config_;
    const Fleet& old_;
    const Snapshot& memory_;
    const Workshop& workshop_;
    Fleet next_;
    std::vector<Questions> questions_;  ///< one per source of next_
};

template <typename Live>
void retire_missing(std::vector<std::shared_ptr<Live>>& old,
                    const std::vector<std::shared_ptr<Live>>& next) {
    const std::unordered_set<std::shared_ptr<Live>> kept{next.begin(), next.end()};
    for (auto& live : old) {
        live->retired = !kept.contains(live);
    }
}

/// Gives pools their new configuration and providers what follows from having these pools.
void settle_pools(Fleet& next) {
    std::unordered_set<std::string_view> names;
    for (const auto& provider : next.providers) {
        provider->pools = 0;
    }
    for (std::size_t i = 0; i < next.pool_configs.size(); ++i) {
        next.pools[i]->config = next.pool_configs[i];
        ++next.pools[i]->provider->pools;
        names.insert(next.pools[i]->config.name);
    }
    for (const auto& provider : next.providers) {
        std::erase_if(provider->failing,
                      [&](const auto& entry) { return !names.contains(entry.first); });
    }
}

/// The part of a policy's view that only a reload changes.
void describe(LivePolicy& policy) {
    PolicyView& view = policy.view;
    view.name = policy.config.spec.name;
    view.pool = policy.pool->config.name;
    view.provider = policy.pool->config.provider;
    view.mode = policy.pool->dry_run ? "dry-run" : "act";
    view.min = policy.config.spec.min;
    view.max = policy.config.spec.max;
    view.metrics.clear();
    for (std::size_t i = 0; i < policy.slots.size(); ++i) {
        const policy::MetricSpec& metric = policy.config.spec.metrics[i];
        view.metrics.push_back({.name = metric.name,
                                .reading = {},
                                .target = metric.target.amount,
                                .source = policy.slots[i].source->config.name});
    }
}

/// Whoever goes on with the same object takes over; without such a one it is gone for good, but
/// nothing is ended in a dry run.
actuators::Closing closing_of(const LivePool& pool, const Fleet& next) {
    const bool goes_on = std::any_of(next.pools.begin(), next.pools.end(), [&](const auto& one) {
        return one->predecessor.get() == &pool &&
               one->actuator->identity() == pool.actuator->identity();
    });
    return goes_on        ? actuators::Closing::handed_over
           : pool.dry_run ? actuators::Closing::for_now
                          : actuators::Closing::for_good;
}

}  // namespace

Result<Fleet> build_fleet(const config::Config& config,
                          const Fleet& old,
                          const Snapshot& memory,
                          const Workshop& workshop) {
    return Builder{config, old, memory, workshop}.build();
}

Status put_on(Fleet& next, Fleet& old, const config::Mode mode) {
    retire_missing(old.sources, next.sources);
    retire_missing(old.pools, next.pools);
    for (const auto& pool : old.pools) {
        if (pool->retired) {
            pool->closing = closing_of(*pool, next);
        }
    }
    settle_pools(next);
    Status result;
    for (std::size_t i = 0; i < next.sources.size(); ++i) {
        if (Status asked = next.sources[i]->source->demand(next.questions[i]); !asked && result) {
            result =
                fail(std::move(asked).error().within("source " + next.sources[i]->config.name));
        }
    }
    for (const auto& policy : next.policies) {
        policy->pool->dry_run = mode == config::Mode::dry_run || policy->config.dry_run;
        describe(*policy);
    }
    return result;
}

}  // namespace tided::daemon
