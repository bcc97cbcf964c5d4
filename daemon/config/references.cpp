// References: names that one part says of another, and what the parts say together: one policy
// per pool, one pool per object of a provider, ports that fit, nothing defined in vain.
#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <tuple>
#include <unordered_map>

#include "daemon/config/compile.h"
#include "daemon/config/spelling.h"
#include "daemon/config/workload.h"
#include "metrics/sources.h"

namespace tided::config {
namespace {

/// Members of one group by name, and which of them somebody refers to.
class Names {
public:
    Names(std::string_view group, const std::vector<const Node*>& nodes, const Node& root)
        : group_{group}, nodes_{nodes} {
        for (std::size_t i = 0; i < nodes.size(); ++i) {
            index_.emplace(nodes[i]->name, i);
        }
        if (const Node* members = root.find(group)) {
            for (const Node& member : members->children) {
                written_.insert(member.name);
            }
        }
        used_.resize(nodes.size());
    }

    /// Index of `name`, or npos: then it was reported, unless the member exists with mistakes.
    std::size_t use(Compiling& in, const Node* value) {
        if (value == nullptr || value->kind != Node::Kind::text || !value->is_usable) {
            return npos;
        }
        const auto at = index_.find(value->text);
        if (at != index_.end()) {
            used_[at->second] = true;
            return at->second;
        }
        if (written_.count(value->text) == 0) {
            has_unknown_ = true;
            in.report.add(Problem::unknown_name,
                          value->value,
                          {group_, value->text},
                          did_you_mean(value->text, {written_.begin(), written_.end()}));
        }
        return npos;
    }

    /// Silent after an unknown name, which may well have meant the unused one.
    void warn_of_unused(Compiling& in, std::string_view user) const {
        for (std::size_t i = 0; i < nodes_.size(); ++i) {
            if (!used_[i] && !has_unknown_) {
                in.report.add(Problem::unused, nodes_[i]->key, {user, group_, nodes_[i]->name});
            }
        }
    }

    static constexpr std::size_t npos = static_cast<std::size_t>(-1);

private:
    std::string_view group_;
    const std::vector<const Node*>& nodes_;
    std::unordered_map<std::string_view, std::size_t> index_;
    std::set<std::string_view> written_;
    std::vector<bool> used_;
    bool has_unknown_ = false;
};

Duration interval_of(const Source& source) {
    return std::visit([](const auto& spec) { return spec.interval; }, source.spec);
}

/// Only a scrape source's samples come at an interval that is known here.
void warn_of_short_range(Compiling& in, const Node* query, const Source& source) {
    const auto* scrape = std::get_if<metrics::ScrapeSpec>(&source.spec);
    if (scrape == nullptr || query == nullptr || !query->is_usable) {
        return;
    }
    const std::optional<Duration> range =
        metrics::shortest_rate_range(query->text, scrape->dialect);
    if (range && *range < 2 * scrape->interval) {
        in.report.add(Problem::short_range,
                      query->value,
                      {to_string(*range), to_string(scrape->interval), source.name});
    }
}

void warn_of_short_age(
    Compiling& in, const Node& metric, const Node* named, std::size_t source, Duration max_age) {
    if (source == Names::npos) {
        return;
    }
    const Duration interval = interval_of(in.config.sources[source]);
    if (max_age < interval) {
        const Node* written = metric.find("max_age");
        in.report.add(Problem::always_stale,
                      written != nullptr ? written->value : named->value,
                      {to_string(max_age), to_string(interval), in.config.sources[source].name});
    }
}

void resolve_metric(Compiling& in, Names& sources, const Node& metric, Duration max_age) {
    const Node* first = metric.find("source");
    const Node* second = metric.find("fallback_source");
    const std::size_t source = sources.use(in, first);
    const std::size_t fallback = sources.use(in, second);
    if (first != nullptr && second != nullptr && first->is_usable && second->is_usable &&
        first->text == second->text) {
        in.report.add(Problem::own_fallback, second->value, {});
    }
    for (const std::size_t one : {source, fallback}) {
        if (one != Names::npos) {
            warn_of_short_range(in, metric.find("query"), in.config.sources[one]);
        }
    }
    warn_of_short_age(in, metric, first, source, max_age);
    warn_of_short_age(in, metric, second, fallback, max_age);
}

void resolve_usage(Compiling& in, Names& sources, const Node& vertical) {
    const std::size_t source = sources.use(in, vertical.find("source"));
    for (const std::string_view key : usage_keys) {
        if (source != Names::npos) {
            warn_of_short_range(in, vertical.find(key), in.config.sources[source]);
        }
    }
}

/// Which policy each pool belongs to, by their nodes.
using Owners = std::map<std::size_t, const Node*>;

struct Known {
    Names& pools;
    Names& sources;
    Owners owners{};
};

/// The place of its pool, or Names::npos.
std::size_t resolve_policy(Compiling& in, Known& known, const Node& node, const Policy& policy) {
    const std::size_t pool = known.pools.use(in, node.find("pool"));
    if (pool != Names::npos) {
        const auto [owner, is_new] = known.owners.emplace(pool, &node);
        if (is_new) {
            in.config.pools[pool].observe_interval = policy.interval;
        } else {
            in.report.add(
                Problem::shared_pool,
                node.find("pool")->value,
                {policy.pool, owner->second->name, in.report.name_of(owner->second->key)});
        }
    }
    const Node* metrics = node.find("metric");
    for (std::size_t m = 0; m < policy.spec.metrics.size(); ++m) {
        resolve_metric(in, known.sources, metrics->children[m], policy.spec.metrics[m].max_age);
    }
    if (const Node* vertical = node.find("vertical"); vertical != nullptr && policy.vertical) {
        resolve_usage(in, known.sources, *vertical);
    }
    return pool;
}

/// Where the values of a template come from.
void resolve_values(Compiling& in, Names& sources, const Node& for_each, const Template& made) {
    const Node* named = for_each.find("source");
    const std::size_t source = sources.use(in, named);
    if (source == Names::npos ||
        !std::holds_alternative<metrics::KubernetesMetricsSpec>(in.config.sources[source].spec)) {
        warn_of_short_age(in, for_each, named, source, made.query.max_age);
        return;
    }
    in.report.add(Problem::bad_value,
                  named->value,
                  {"source", "'" + made.source + "' is neither a scrape nor a prometheus source"});
}

/// The place of each template's pool, or Names::npos.
std::vector<std::size_t> resolve_policies(Compiling& in, Names& pools, Names& sources) {
    Known known{.pools = pools, .sources = sources};
    for (std::size_t i = 0; i < in.policy_nodes.size(); ++i) {
        resolve_policy(in, known, *in.policy_nodes[i], in.config.policies[i]);
    }
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < in.template_nodes.size(); ++i) {
        const Template& made = in.config.templates[i];
        const Node& node = *in.template_nodes[i];
        places.push_back(resolve_policy(in, known, node, made.policy));
        resolve_values(in, sources, *node.find("for_each"), made);
    }
    return places;
}

/// Pools of templates are none by themselves.
void move_template_pools(Compiling& in, const std::vector<std::size_t>& places) {
    std::vector<Pool> others;
    for (std::size_t i = 0; i < in.config.pools.size(); ++i) {
        const auto at = std::find(places.begin(), places.end(), i);
        if (at == places.end()) {
            others.push_back(std::move(in.config.pools[i]));
        } else {
            const auto which = static_cast<std::size_t>(at - places.begin());
            in.config.templates[which].pool = std::move(in.config.pools[i]);
        }
    }
    in.config.pools = std::move(others);
}

/// What two kubernetes pools have in common when they scale one object.
using ObjectKey = std::tuple<std::string, std::string, std::string>;

ObjectKey object_of(const Provider& provider, const actuators::KubernetesSpec& spec) {
    const KubernetesAccount& account = provider.kubernetes;
    const std::string kubeconfig =
        account.kubeconfig
            ? std::to_string(static_cast<int>(account.kubeconfig->kind)) + account.kubeconfig->name
            : "in-cluster";
    return {kubeconfig, account.context, canonical_workload(spec.workload).value_or("")};
}

void resolve_pools(Compiling& in, Names& providers) {
    std::map<ObjectKey, std::size_t> objects;
    for (std::size_t i = 0; i < in.pool_nodes.size(); ++i) {
        const Node& node = *in.pool_nodes[i];
        const std::size_t provider = providers.use(in, node.find("provider"));
        Pool& pool = in.config.pools[i];
        const auto* spec = std::get_if<actuators::KubernetesSpec>(&pool.spec);
        if (provider == Names::npos || spec == nullptr) {
            continue;
        }
        const ObjectKey object = object_of(in.config.providers[provider], *spec);
        if (std::get<2>(object).empty()) {
            continue;
        }
        const auto [first, is_new] = objects.emplace(object, i);
        if (!is_new) {
            const Node& other = *in.pool_nodes[first->second];
            in.report.add(Problem::shared_object,
                          node.find("workload")->value,
                          {node.name, other.name, in.report.name_of(other.key)});
        }
    }
}

/// A source on a cluster uses the account of a provider.
void resolve_sources(Compiling& in, Names& providers) {
    for (std::size_t i = 0; i < in.source_nodes.size(); ++i) {
        const Node* value = in.source_nodes[i]->find("provider");
        if (!std::holds_alternative<metrics::KubernetesMetricsSpec>(in.config.sources[i].spec)) {
            continue;
        }
        const std::size_t provider = providers.use(in, value);
        if (provider != Names::npos &&
            in.config.providers[provider].type != ProviderType::kubernetes) {
            in.report.add(Problem::bad_value,
                          value->value,
                          {"provider",
                           "'" + in.config.sources[i].provider +
                               "' is no kubernetes provider, and has no metrics API"});
        }
    }
}

/// The written observe_interval wins over that of the policy.
void set_observe_intervals(Compiling& in, const std::vector<Duration>& written) {
    for (std::size_t i = 0; i < written.size(); ++i) {
        if (written[i] > Duration::zero()) {
            in.config.pools[i].observe_interval = written[i];
        }
    }
}

/// The ports that one process pool may come to use.
struct Ports {
    std::int64_t first = 0;
    std::int64_t last = 0;
    std::size_t pool = 0;
};

std::vector<Ports> ports_of(Compiling& in, const std::map<std::string, std::int32_t>& largest) {
    std::vector<Ports> all;
    for (std::size_t i = 0; i < in.pool_nodes.size(); ++i) {
        const auto* spec = std::get_if<actuators::ProcessPoolSpec>(&in.config.pools[i].spec);
        const auto most = largest.find(in.config.pools[i].name);
        if (spec == nullptr || spec->first_port == 0 || most == largest.end()) {
            continue;
        }
        const std::int64_t last = std::int64_t{spec->first_port} + most->second - 1;
        if (last > 65535) {
            in.report.add(Problem::port_range,
                          in.pool_nodes[i]->find("first_port")->value,
                          {std::to_string(most->second), std::to_string(spec->first_port)});
        } else {
            all.push_back({.first = spec->first_port, .last = last, .pool = i});
        }
    }
    return all;
}

void check_ports(Compiling& in) {
    std::map<std::string, std::int32_t> largest;
    for (const Policy& policy : in.config.policies) {
        largest.emplace(policy.pool, policy.spec.max.count);
    }
    std::vector<Ports> all = ports_of(in, largest);
    std::stable_sort(
        all.begin(), all.end(), [](const Ports& a, const Ports& b) { return a.first < b.first; });
    for (std::size_t i = 1; i < all.size(); ++i) {
        const Ports& one = all[i - 1];
        const Ports& two = all[i];
        if (two.first <= one.last) {
            in.report.add(Problem::overlapping_ports,
                          in.pool_nodes[two.pool]->find("first_port")->value,
                          {std::to_string(two.first),
                           std::to_string(two.last),
                           in.pool_nodes[one.pool]->name,
                           std::to_string(one.first),
                           std::to_string(one.last)});
        }
    }
}

/// Providers whose API knows targets: those of type kubernetes.
void resolve_kubernetes_discovery(Compiling& in, Names& providers) {
    for (const Node* source : in.source_nodes) {
        const Node* found = source->find("kubernetes_sd");
        const Node* name = found == nullptr ? nullptr : found->find("provider");
        const std::size_t at = providers.use(in, name);
        if (at != Names::npos && in.config.providers[at].type != ProviderType::kubernetes) {
            in.report.add(Problem::bad_value,
                          name->value,
                          {"provider", "provider '" + name->text + "' is not of type kubernetes"});
        }
    }
}

/// Pools whose replicas are scraped: those that say where they are.
void resolve_pool_discovery(Compiling& in) {
    for (const Node* source : in.source_nodes) {
        const Node* found = source->find("pool_sd");
        const Node* names = found == nullptr ? nullptr : found->find("pools");
        if (names == nullptr || !names->is_usable) {
            continue;
        }
        Names pools{"pool", in.pool_nodes, in.root};
        const auto check = [&](const Node& name) {
            const std::size_t at = pools.use(in, &name);
            const auto* spec =
                at == Names::npos
                    ? nullptr
                    : std::get_if<actuators::ProcessPoolSpec>(&in.config.pools[at].spec);
            if (at != Names::npos && (spec == nullptr || spec->first_port == 0)) {
                in.report.add(Problem::bad_value,
                              name.value,
                              {"pools", "pool '" + name.text + "' has no first_port"});
            }
        };
        if (names->kind == Node::Kind::text) {
            check(*names);
        }
        std::for_each(names->children.begin(), names->children.end(), check);
    }
}

}  // namespace

void resolve_references(Compiling& in) {
    Names sources{"source", in.source_nodes, in.root};
    Names providers{"provider", in.provider_nodes, in.root};
    Names pools{"pool", in.pool_nodes, in.root};
    std::vector<Duration> written;
    for (Pool& pool : in.config.pools) {
        written.push_back(std::exchange(pool.observe_interval, in.config.daemon.interval));
    }
    resolve_sources(in, providers);
    resolve_pools(in, providers);
    const auto template_pools = resolve_policies(in, pools, sources);
    set_observe_intervals(in, written);
    check_ports(in);
    resolve_kubernetes_discovery(in, providers);
    resolve_pool_discovery(in);
    sources.warn_of_unused(in, "metric");
    providers.warn_of_unused(in, "pool or source");
    pools.warn_of_unused(in, "policy");
    resolve_money(in);
    move_template_pools(in, template_pools);
}

}  // namespace tided::config
