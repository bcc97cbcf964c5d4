#include "daemon/fleet_members.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "actuators/actuators.h"
#include "daemon/config/workload.h"
#include "daemon/state/usage_codec.h"
#include "daemon/telemetry/logging.h"
#include "metrics/sources.h"
#include "policy/strategies.h"

namespace tided::daemon {
namespace {

/// What is asked of one source; identical questions are asked once.
class Questions {
public:
    std::size_t ask(const metrics::Query& query) {
        const std::string key = query.expression + '\n' + to_string(query.max_age) + '\n' +
                                query.label +
                                (query.extent == metrics::Extent::elements ? "\n*" : "");
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

struct Takes {
    const std::string& expression;

    Status operator()(const metrics::ScrapeSpec& spec) const {
        return metrics::check_expression(expression, spec.dialect);
    }
    Status operator()(const metrics::PrometheusSpec& spec) const {
        return metrics::check_remote_expression(expression, spec.dialect);
    }
    Status operator()(const metrics::KubernetesMetricsSpec& spec) const {
        return metrics::check_expression(expression, spec);
    }
};

Status check_question(const std::string& expression,
                      const std::string& name,
                      const Index<LiveSource>& sources) {
    const auto source = sources.find(name);
    Status taken = source ? std::visit(Takes{expression}, source->config.spec) : Status{};
    return taken ? taken : fail(std::move(taken).error().within("source " + name));
}

/// A value may make a question that a source refuses: a namespace that is none.
Status check_questions(const config::Policy& policy, const Index<LiveSource>& sources) {
    Status taken;
    for (const config::MetricSource& metric : policy.metrics) {
        for (const std::string& name : {metric.source, metric.fallback_source}) {
            taken = taken ? check_question(metric.query.expression, name, sources) : taken;
        }
    }
    const config::Vertical* vertical = policy.vertical.get();
    for (std::size_t i = 0; vertical != nullptr && i < config::usages; ++i) {
        if (taken && vertical->asks(i)) {
            taken = check_question(vertical->queries[i].expression, vertical->source, sources);
        }
    }
    return taken;
}

}  // namespace

bool goes_on(const LiveTemplate& former, const Fleet& fleet) {
    return std::any_of(fleet.templates.begin(), fleet.templates.end(), [&](const auto& one) {
        return one->config.policy.spec.name == former.config.policy.spec.name &&
               one->config.label == former.config.label;
    });
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

std::unique_ptr<LivePolicy> make_policy(const config::Policy& wanted,
                                        std::shared_ptr<LivePool> pool,
                                        const Index<LiveSource>& sources) {
    auto live = std::make_unique<LivePolicy>();
    live->config = wanted;
    live->pool = std::move(pool);
    live->readings.assign(wanted.metrics.size(), Reading{});
    for (const config::MetricSource& metric : wanted.metrics) {
        Slot slot;
        slot.source = sources.find(metric.source);
        slot.fallback =
            metric.fallback_source.empty() ? nullptr : sources.find(metric.fallback_source);
        live->slots.push_back(std::move(slot));
    }
    if (wanted.vertical) {
        live->sizing = std::make_unique<LiveSizing>(
            LiveSizing{.sizing = Sizing{wanted.spec.name,
                                        wanted.vertical,
                                        {.min = wanted.spec.min,
                                         .max = wanted.spec.max,
                                         .price_per_hour = live->pool->config.price_per_hour}},
                       .source = sources.find(wanted.vertical->source)});
    }
    return live;
}

void recall(LivePolicy& policy, const Snapshot& memory, TimePoint now) {
    const auto stored = memory.policies.find(policy.config.spec.name);
    if (stored != memory.policies.end()) {
        policy.state = stored->second.state;
        policy.pause = stored->second.pause;
        policy::resume(policy.config.spec, policy.state, now);
    }
    recall_usage(policy, memory, now);
}

void recall_usage(LivePolicy& policy, const Snapshot& memory, TimePoint now) {
    const auto stored = memory.usages.find(policy.config.spec.name);
    if (!policy.sizing || stored == memory.usages.end()) {
        return;
    }
    const auto known = decode_usage(stored->second);
    const Status resumed =
        known ? policy.sizing->sizing.resume(*known, now) : Status{fail(known.error())};
    if (!resumed) {
        const std::string& name = policy.config.spec.name;
        policy.sizing->unreadable = stored->second;
        log(LogLevel::error,
            name + ": what is known of its usage begins anew: " + resumed.error().message +
                "; what was stored will be kept as the fact " + damaged_fact("usage", name) +
                " of the state");
    }
}

void remember(Snapshot& memory, const LivePolicy& policy) {
    const std::string& name = policy.config.spec.name;
    memory.policies[name] = {.name = name, .state = policy.state, .pause = policy.pause};
    if (policy.sizing && policy.sizing->unreadable.empty()) {
        memory.usages[name] = encode(policy.sizing->sizing.memory());
    }
}

void describe(LivePolicy& policy) {
    PolicyView& view = policy.view;
    view.name = policy.config.spec.name;
    view.made_of = policy.config.made_of;
    view.pool = policy.pool->config.name;
    view.provider = policy.pool->config.provider;
    view.mode = policy.pool->dry_run ? "dry-run" : "act";
    view.min = policy.config.spec.min;
    view.max = policy.config.spec.max;
    view.min_now = view.min;  // until the next tick
    view.max_now = view.max;
    view.sizes = policy.sizing ? &policy.sizing->sizing.view() : nullptr;
    view.metrics.clear();
    for (std::size_t i = 0; i < policy.slots.size(); ++i) {
        const policy::MetricSpec& metric = policy.config.spec.metrics[i];
        view.metrics.push_back({.name = metric.name,
                                .reading = {},
                                .target = policy::level_of(metric.rule),
                                .source = policy.slots[i].name()});
    }
}

std::string object_of(const LivePool& pool) {
    const auto* spec = std::get_if<actuators::KubernetesSpec>(&pool.config.spec);
    if (spec == nullptr) {
        return pool.identity;
    }
    const config::KubernetesAccount& account = pool.provider->config.kubernetes;
    const std::string cluster = account.kubeconfig ? account.kubeconfig->name : "";
    return cluster + '\n' + account.context + '\n' +
           config::canonical_workload(spec->workload).value_or(spec->workload);
}

Objects objects_of(const Fleet& fleet) {
    Objects objects;
    for (const auto& pool : fleet.pools) {
        objects.insert(object_of(*pool));
    }
    return objects;
}

Result<Newcomer> make_instance(const LiveTemplate& made_of,
                               const std::string& value,
                               std::shared_ptr<LivePool> same,
                               const Surroundings& around) {
    auto instance = config::instance_of(made_of.config, value);
    if (!instance) {
        return fail(std::move(instance).error());
    }
    if (Status asked = check_questions(instance->policy, around.sources); !asked) {
        return fail(std::move(asked).error());
    }
    auto pool = make_pool(instance->pool,
                          around.providers.find(instance->pool.provider),
                          std::move(same),
                          around.workshop);
    if (!pool) {
        return fail(std::move(pool).error());
    }
    if (around.taken.contains(object_of(**pool))) {
        return fail(ErrorCode::conflict, "another pool scales " + (*pool)->identity + " already");
    }
    return Newcomer{.pool = *std::move(pool),
                    .pool_config = std::move(instance->pool),
                    .policy = std::move(instance->policy)};
}

std::vector<std::vector<metrics::Query>> number_questions(Fleet& fleet) {
    std::unordered_map<const LiveSource*, Questions> questions;
    for (const auto& policy : fleet.policies) {
        for (std::size_t i = 0; i < policy->slots.size(); ++i) {
            Slot& slot = policy->slots[i];
            if (!slot.source) {
                continue;
            }
            const metrics::Query& query = policy->config.metrics[i].query;
            slot.query = questions[slot.source.get()].ask(query);
            if (slot.fallback) {
                slot.fallback_query = questions[slot.fallback.get()].ask(query);
            }
        }
        LiveSizing* sizing = policy->sizing.get();
        for (std::size_t i = 0; sizing != nullptr && i < config::usages; ++i) {
            const config::Vertical& vertical = *policy->config.vertical;
            if (vertical.asks(i)) {
                sizing->questions[i] = questions[sizing->source.get()].ask(vertical.queries[i]);
            }
        }
    }
    for (const auto& made_of : fleet.templates) {
        made_of->question = questions[made_of->source.get()].ask(made_of->config.query);
    }
    std::vector<std::vector<metrics::Query>> all;
    for (const auto& source : fleet.sources) {
        all.push_back(questions[source.get()].take());
    }
    return all;
}

}  // namespace tided::daemon
