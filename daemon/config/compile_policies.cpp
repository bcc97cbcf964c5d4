// [policy.NAME] with its metrics and behavior.
#include <algorithm>
#include <cctype>
#include <map>

#include "daemon/config/compile.h"
#include "daemon/config/expression.h"
#include "daemon/config/fingerprint.h"
#include "metrics/sources.h"

namespace tided::config {
namespace {

policy::Select select_called(std::string_view name) {
    return name == "min"        ? policy::Select::min
           : name == "disabled" ? policy::Select::disabled
                                : policy::Select::max;
}

policy::RatePolicy compile_rate(const Node& node, const Table& schema) {
    const Fields fields{&node, schema};
    return {
        .kind = fields.text("type") == "pods" ? policy::RateKind::pods : policy::RateKind::percent,
        .value = static_cast<std::int32_t>(fields.integer("value")),
        .period = fields.duration("period")};
}

/// `standard` has the rates that hold when none are written.
policy::ScalingRules compile_rules(const Fields& fields,
                                   const Table& schema,
                                   policy::ScalingRules standard) {
    policy::ScalingRules rules{.stabilization = fields.duration("stabilization"),
                               .select = select_called(fields.text("select")),
                               .rates = std::move(standard.rates),
                               .tolerance = Ratio{fields.number("tolerance")}};
    if (const Node* rates = fields.find("policies")) {
        rules.rates.clear();
        for (const Node& rate : rates->children) {
            rules.rates.push_back(compile_rate(rate, *schema.find("policies")->inner));
        }
    }
    return rules;
}

policy::Behavior compile_behavior(const Fields& fields) {
    const Table& schema = *policy_group().find("")->find("behavior")->inner;
    const policy::Behavior standard;
    return {
        .up = compile_rules(fields.inner("scale_up"), *schema.find("scale_up")->inner, standard.up),
        .down = compile_rules(
            fields.inner("scale_down"), *schema.find("scale_down")->inner, standard.down)};
}

Target compile_target(Compiling& in, const Fields& metric) {
    const Node* node = metric.find("target");
    const Fields fields = metric.inner("target");
    const bool has_value = fields.is_written("value");
    const bool has_stranger =
        node != nullptr && std::any_of(node->children.begin(),
                                       node->children.end(),
                                       [](const Node& child) { return !child.is_usable; });
    if (node != nullptr && !has_stranger && has_value == fields.is_written("average_value")) {
        in.report.add(Problem::one_of_two, node->key, {"'target'", "'value' and 'average_value'"});
    }
    const std::string_view key = has_value ? "value" : "average_value";
    const double amount = fields.number(key);
    if (const Node* written = fields.find(key); written != nullptr && amount <= 0.0) {
        in.report.add(
            Problem::out_of_range, written->value, {key, "greater than 0", shown(*written)});
    }
    return {.kind = has_value ? TargetKind::value : TargetKind::average_value, .amount = amount};
}

bool is_metric_name(std::string_view name) {
    constexpr std::size_t longest = 63;
    return name.size() <= longest && std::isdigit(static_cast<unsigned char>(name.front())) == 0 &&
           std::all_of(name.begin(), name.end(), [](unsigned char c) {
               return std::isalnum(c) != 0 || c == '_';
           });
}

/// What the source called `name` says under `key`, or "" when there is no such source or key.
std::string_view text_of_source(const Compiling& in, std::string_view name, std::string_view key) {
    const Node* sources = in.root.find("source");
    const Node* source = sources == nullptr ? nullptr : sources->find(name);
    const Node* value = source == nullptr ? nullptr : source->find(key);
    return value == nullptr ? std::string_view{} : std::string_view{value->text};
}

/// What is said of the source called `name` when it is one on a Kubernetes metrics API.
const metrics::KubernetesMetricsSpec* kubernetes_source(const Compiling& in,
                                                        std::string_view name) {
    for (const Source& source : in.config.sources) {
        if (source.name == name) {
            return std::get_if<metrics::KubernetesMetricsSpec>(&source.spec);
        }
    }
    return nullptr;
}

/// Whether the source called `name` takes this query.
Status check_expression(const Compiling& in, std::string_view name, const std::string& query) {
    if (const auto* spec = kubernetes_source(in, name)) {
        return metrics::check_expression(query, *spec);
    }
    const metrics::promql::Dialect dialect = dialect_named(text_of_source(in, name, "promql"));
    return text_of_source(in, name, "type") == "scrape"
               ? metrics::check_expression(query, dialect)
               : metrics::check_remote_expression(query, dialect);
}

void compile_metric(Compiling& in, const Node& node, const Table& schema, Policy& policy) {
    const Fields fields{&node, schema};
    policy::MetricSpec spec{.name = fields.text("name"),
                            .target = compile_target(in, fields),
                            .max_age = fields.duration("max_age")};
    if (fields.find("name") != nullptr && !is_metric_name(spec.name)) {
        in.report.add(Problem::bad_name,
                      fields.place("name"),
                      {spec.name, "a metric"},
                      "1 to 63 letters, digits or '_', the first no digit");
    }
    check_query(in, fields, fields.text("source"));
    if (fields.find("fallback_source") != nullptr) {
        check_query(in, fields, fields.text("fallback_source"));
    }
    policy.metrics.push_back(
        {.source = fields.text("source"),
         .fallback_source = fields.text("fallback_source"),
         .query = {.expression = fields.text("query"), .max_age = spec.max_age}});
    policy.spec.metrics.push_back(std::move(spec));
}

void compile_metrics(Compiling& in, const Fields& fields, Policy& policy) {
    const Node* metrics = fields.find("metric");
    if (metrics == nullptr) {
        if (!fields.is_written("metric") && !fields.is_written("schedule")) {
            in.report.add(Problem::no_metric, fields.node()->key, {policy.spec.name});
        }
        return;
    }
    const Table& schema = *policy_group().find("")->find("metric")->inner;
    std::map<std::string, bool> seen;
    for (const Node& node : metrics->children) {
        compile_metric(in, node, schema, policy);
        const std::string& name = policy.spec.metrics.back().name;
        if (!name.empty() && !seen.emplace(name, true).second) {
            in.report.add(Problem::duplicate_entry,
                          Fields{&node, schema}.place("name"),
                          {"metric", "the name '" + name + '\''});
        }
    }
}

}  // namespace

void check_query(Compiling& in, const Fields& fields, std::string_view source) {
    const Node* query = fields.find("query");
    const Status status = query == nullptr ? Status{} : check_expression(in, source, query->text);
    if (status) {
        return;
    }
    const PlacedMessage placed = split_place(status.error().message);
    const Place at =
        placed.line == 0
            ? query->value
            : place_inside(
                  in.report.text_of(query->value), query->value, placed.line, placed.column);
    in.report.add(Problem::bad_expression, at, {"query", placed.message});
}

Policy compile_policy(Compiling& in, const Node& node, const Node* over) {
    const Fields fields{&node, *policy_group().find("")};
    Policy policy;
    policy.fingerprint = fingerprint(node);
    policy.pool = fields.text("pool");
    policy.interval = fields.written_duration("interval").value_or(in.config.daemon.interval);
    policy.dry_run = fields.text("mode") == "dry-run";
    policy.spec.name = node.name;
    policy.spec.min = Replicas{static_cast<std::int32_t>(fields.integer("min"))};
    policy.spec.max = Replicas{static_cast<std::int32_t>(fields.integer("max"))};
    policy.spec.behavior = compile_behavior(fields.inner("behavior"));
    if (fields.find("max") != nullptr && policy.spec.min > policy.spec.max &&
        (fields.find("min") != nullptr || !fields.is_written("min"))) {
        const Node* const blamed = over == nullptr                ? nullptr
                                   : over->find("max") != nullptr ? over->find("max")
                                                                  : over->find("min");
        in.report.add(Problem::min_above_max,
                      blamed != nullptr ? blamed->value
                                        : fields.place(fields.is_written("min") ? "min" : "max"),
                      {to_string(policy.spec.min), to_string(policy.spec.max)});
    }
    compile_metrics(in, fields, policy);
    compile_schedule(in, fields, policy);
    return policy;
}

void compile_policies(Compiling& in) {
    for_each_member(in, policy_group(), [&](const Node& node, const Fields& fields) {
        Policy policy = compile_policy(in, node);
        if (fields.is_written("for_each")) {
            compile_template(in, node, fields, std::move(policy));
            return;
        }
        if (fields.is_written("overrides")) {
            in.report.add(
                Problem::needs_other_key, node.find("overrides")->key, {"overrides", "for_each"});
        }
        in.config.policies.push_back(std::move(policy));
        in.policy_nodes.push_back(&node);
    });
}

}  // namespace tided::config
