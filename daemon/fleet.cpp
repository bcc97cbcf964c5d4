#include "daemon/fleet.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "daemon/fleet_members.h"
#include "daemon/instance_rows.h"
#include "daemon/live_source.h"

namespace tided::daemon {
namespace {

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
        auto session = open_session(workshop,
                                    [&network = workshop.network,
                                     &processes = workshop.processes,
                                     wanted,
                                     may_run = workshop.may_run_programs] {
                                        return network.open(
                                            wanted.kubernetes, wanted.http, processes, may_run);
                                    });
        if (!session) {
            return fail(std::move(session).error().within("provider " + wanted.name));
        }
        live->session = std::move(*session);
    }
    return live;
}

/// Builds step by step; each member is complete before the next begins.
class Builder {
public:
    Builder(const config::Config& config,
            const Fleet& old,
            const Snapshot& memory,
            const Workshop& workshop)
        : config_(config), old_(old), memory_(memory), workshop_(workshop) {}

    Result<Fleet> build() {
        for (auto part : {&Builder::providers, &Builder::sources, &Builder::pools}) {
            if (Status made = (this->*part)(); !made) {
                return fail(std::move(made).error());
            }
        }
        templates();
        policies();
        next_.questions = number_questions(next_);
        return std::move(next_);
    }

private:
    Status providers() {
        const Index<LiveProvider> before{old_.providers};
        for (const config::Provider& wanted : config_.providers) {
            auto live = make_provider(wanted, before.find(wanted.name), workshop_);
            if (!live) {
                return fail(std::move(live).error());
            }
            next_.providers.push_back(std::move(*live));
        }
        return {};
    }

    Status sources() {
        const Index<LiveSource> before{old_.sources};
        const Index<LiveProvider> index{next_.providers};
        for (const config::Source& wanted : config_.sources) {
            auto live = make_live_source(wanted,
                                         {.session = index.find(wanted.provider),
                                          .kubernetes_sd = index.find(wanted.kubernetes_sd)},
                                         before.find(wanted.name),
                                         workshop_);
            if (!live) {
                return fail(std::move(live).error());
            }
            next_.sources.push_back(std::move(*live));
        }
        return {};
    }

    Status pools() {
        const Index<LivePool> before{old_.pools};
        const Index<LiveProvider> index{next_.providers};
        for (const config::Pool& wanted : config_.pools) {
            auto live =
                make_pool(wanted, index.find(wanted.provider), before.find(wanted.name), workshop_);
            if (!live) {
                return fail(std::move(live).error());
            }
            next_.pools.push_back(std::move(*live));
            next_.pool_configs.push_back(wanted);
        }
        return {};
    }

    void templates() {
        const Index<LivePool> before{old_.pools};
        const Index<LiveProvider> providers{next_.providers};
        const Index<LiveSource> sources{next_.sources};
        Objects taken = objects_of(next_);
        const Surroundings around{
            .providers = providers, .sources = sources, .taken = taken, .workshop = workshop_};
        for (const config::Template& wanted : config_.templates) {
            auto live = std::make_shared<LiveTemplate>();
            live->config = wanted;
            live->source = sources.find(wanted.source);
            remember(*live);
            for (const std::string& value : live->roster.members()) {
                const std::string name =
                    config::instance_name(wanted.policy.spec.name, wanted.label, value);
                auto made = make_instance(*live, value, before.find(name), around);
                if (!made) {
                    live->lost.push_back({.value = value, .why = made.error().message});
                    live->roster.refuse(value, made.error().message);
                    continue;
                }
                taken.insert(object_of(*made->pool));
                next_.pools.push_back(std::move(made->pool));
                next_.pool_configs.push_back(std::move(made->pool_config));
                instances_.push_back(std::move(made->policy));
            }
            next_.templates.push_back(std::move(live));
        }
    }

    /// Who was there before, in this run or the last one.
    void remember(LiveTemplate& live) const {
        const std::string& name = live.config.policy.spec.name;
        const auto known =
            std::find_if(old_.templates.begin(), old_.templates.end(), [&](const auto& one) {
                return one->config.policy.spec.name == name &&
                       one->config.label == live.config.label;
            });
        if (known != old_.templates.end()) {
            live.roster = (*known)->roster;
            live.roster.reconsider();
            live.lost = (*known)->lost;
        } else {
            restore(live, memory_);
        }
        live.roster.limit({.max = live.config.max, .grace = live.config.grace});
    }

    void policies() {
        std::unordered_map<std::string_view, const LivePolicy*> before;
        for (const auto& policy : old_.policies) {
            before.emplace(policy->config.spec.name, policy.get());
        }
        const Index<LivePool> pools{next_.pools};
        const Index<LiveSource> sources{next_.sources};
        const auto make = [&](const config::Policy& wanted) {
            auto live = make_policy(wanted, pools.find(wanted.pool), sources);
            const auto known = before.find(wanted.spec.name);
            remember(*live, known == before.end() ? nullptr : known->second);
            next_.policies.push_back(std::move(live));
        };
        std::for_each(config_.policies.begin(), config_.policies.end(), make);
        std::for_each(instances_.begin(), instances_.end(), make);
        std::sort(next_.policies.begin(), next_.policies.end(), [](const auto& a, const auto& b) {
            return a->config.spec.name < b->config.spec.name;
        });
    }

    static void remember_freshness(LivePolicy& live, const LivePolicy& known) {
        for (std::size_t i = 0; i < live.slots.size() && i < known.slots.size(); ++i) {
            if (live.config.spec.metrics[i].name == known.config.spec.metrics[i].name) {
                live.slots[i].not_fresh_since = known.slots[i].not_fresh_since;
                live.slots[i].stale_told = known.slots[i].stale_told;
            }
        }
    }

    /// A ledger of this process can be one again, whatever the rules.
    void remember_usage(LivePolicy& live, const LivePolicy& known) const {
        if (live.sizing && known.sizing) {
            static_cast<void>(live.sizing->sizing.succeed(known.sizing->sizing, workshop_.now));
            live.sizing->save_at = known.sizing->save_at;
            live.sizing->unreadable = known.sizing->unreadable;
        } else {
            recall_usage(live, memory_, workshop_.now);
        }
    }

    void remember(LivePolicy& live, const LivePolicy* known) const {
        if (known != nullptr) {
            live.state = known->state;
            policy::take_over(known->config.spec, live.config.spec, live.state);
            live.pause = known->pause;
            live.told = known->told;
            live.view = known->view;
            remember_freshness(live, *known);
            remember_usage(live, *known);
            return;
        }
        recall(live, memory_, workshop_.now);
    }

    const config::Config& config_;
    const Fleet& old_;
    const Snapshot& memory_;
    const Workshop& workshop_;
    Fleet next_;
    std::vector<config::Policy> instances_;  ///< those of next_'s templates
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

/// Whoever goes on with the same object takes over; without such a one it is gone for good, but
/// nothing is ended in a dry run, nor because a template makes other instances now.
actuators::Closing closing_of(const LivePool& pool, const Fleet& next) {
    const bool goes_on = std::any_of(next.pools.begin(), next.pools.end(), [&](const auto& one) {
        return one->predecessor.get() == &pool &&
               one->actuator->identity() == pool.actuator->identity();
    });
    const bool stays_as_it_is = pool.dry_run || pool.config.is_instance;
    return goes_on          ? actuators::Closing::handed_over
           : stays_as_it_is ? actuators::Closing::for_now
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
