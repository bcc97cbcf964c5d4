// [[policy.NAME.metric]]: where its value comes from, a query or a formula over other metrics.
#include "daemon/config/compile_metrics.h"

#include <algorithm>
#include <cctype>
#include <set>

#include "daemon/config/expression.h"
#include "daemon/config/spelling.h"
#include "metrics/sources.h"
#include "policy/computed.h"
#include "policy/formula_text.h"

namespace tided::config {
namespace {

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

constexpr std::string_view function_names =
    "min max clamp abs ceil floor round sqrt exp ln if default";

std::vector<std::string_view> words_of(std::string_view text) {
    std::vector<std::string_view> words;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(' '), text.size());
        words.push_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return words;
}

/// Where the byte `at` of the contents of a string stands in the file.
Place place_of_byte(Compiling& in, const Node& string, std::size_t at) {
    const std::string_view before = std::string_view{string.text}.substr(0, at);
    const auto line = static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n'));
    const std::size_t begin = line == 0 ? 0 : before.rfind('\n') + 1;
    return place_inside(
        in.report.text_of(string.value), string.value, line + 1, before.size() - begin + 1);
}

policy::Formula compile_formula(Compiling& in, const Fields& fields, MetricNames& names) {
    const Node* text = fields.find("formula");
    if (text == nullptr) {
        names.is_doubtful = names.is_doubtful || fields.is_written("formula");
        return {};
    }
    auto formula = policy::compile_formula(text->text,
                                           [&](std::string_view name) { return names.find(name); });
    if (formula) {
        return *std::move(formula);
    }
    names.is_doubtful = true;
    const policy::FormulaMistake& mistake = formula.error();
    in.report.add(Problem::bad_expression,
                  place_of_byte(in, *text, mistake.at),
                  {"formula", mistake.message},
                  mistake.unknown.empty()
                      ? ""
                      : did_you_mean(mistake.unknown,
                                     mistake.is_function ? words_of(function_names) : names.all()));
    return {};
}

/// A query and its source, or a formula.
void check_origin(Compiling& in, const Node& node, const Fields& fields) {
    const Place whole = node.key.line != 0 ? node.key : node.value;
    const bool is_asked = fields.is_written("query");
    const bool is_computed = fields.is_written("formula");
    if (is_asked == is_computed) {
        in.report.add(Problem::one_of_two,
                      is_computed ? node.find("formula")->key : whole,
                      {"a metric", "'query' and 'formula'"});
    } else if (is_asked && !fields.is_written("source")) {
        in.report.add(Problem::missing_key, whole, {"source", "'metric'"});
    }
    for (const char* key : {"source", "fallback_source", "max_age"}) {
        if (is_computed && !is_asked && fields.is_written(key)) {
            in.report.add(Problem::needs_other_key, node.find(key)->key, {key, "query"});
        }
    }
}

/// Keys that only some metrics have a use for.
void check_uses(Compiling& in,
                const Fields& fields,
                const policy::PolicySpec& policy,
                const policy::Rule& rule) {
    const bool takes_steps = std::holds_alternative<policy::Threshold>(rule) ||
                             std::holds_alternative<policy::Steps>(rule) ||
                             std::holds_alternative<policy::Latency>(rule);
    if (fields.is_written("cooldown") && !takes_steps) {
        in.report.add(Problem::needs_one_of,
                      fields.node()->find("cooldown")->key,
                      {"'cooldown'", "'threshold', 'steps' and 'latency'"});
    }
    if (fields.find("activate_above") == nullptr) {
        return;
    }
    if (std::holds_alternative<policy::Input>(rule)) {
        in.report.add(
            Problem::bad_value,
            fields.place("activate_above"),
            {"activate_above", "a metric without a target or another rule wakes nothing"});
    } else if (!policy.idle && policy.min.count > 0) {
        in.report.add(Problem::bad_value,
                      fields.place("activate_above"),
                      {"activate_above", "the pool never sleeps"},
                      "it needs 'idle', or min = 0");
    }
}

void compile_metric(Compiling& in, const Node& node, MetricNames& names, Policy& policy) {
    const Fields fields{&node, *policy_group().find("")->find("metric")->inner};
    const auto index = static_cast<std::uint8_t>(policy.spec.metrics.size());
    policy::MetricSpec spec{.name = fields.text("name"),
                            .rule = compile_rule(in, fields, {.metric = index, .names = names}),
                            .max_age = fields.duration("max_age"),
                            .formula = compile_formula(in, fields, names),
                            .type = fields.text("type") == "object" ? policy::MetricType::object
                                                                    : policy::MetricType::external};
    if (fields.find("fallback") != nullptr) {
        const Fields fallback = fields.inner("fallback");
        spec.fallback =
            policy::Fallback{.replicas = {static_cast<std::int32_t>(fallback.integer("replicas"))},
                             .after = fallback.duration("after")};
    }
    if (fields.find("activate_above") != nullptr) {
        spec.activate_above = fields.number("activate_above");
    }
    if (fields.find("name") != nullptr && !is_metric_name(spec.name)) {
        in.report.add(Problem::bad_name,
                      fields.place("name"),
                      {spec.name, "a metric"},
                      "1 to 63 letters, digits or '_', the first no digit");
    }
    check_origin(in, node, fields);
    check_uses(in, fields, policy.spec, spec.rule);
    check_query(in, fields, "query", fields.text("source"));
    if (fields.find("fallback_source") != nullptr) {
        check_query(in, fields, "query", fields.text("fallback_source"));
    }
    policy.metrics.push_back(
        {.source = fields.text("source"),
         .fallback_source = fields.text("fallback_source"),
         .query = {.expression = fields.text("query"), .max_age = spec.max_age}});
    policy.spec.metrics.push_back(std::move(spec));
}

/// In which order formulas are computed, if there is one.
void order_formulas(Compiling& in, const Node& metrics, policy::PolicySpec& spec) {
    policy::EvaluationOrder found = policy::evaluation_order(spec.metrics);
    if (found.cycle.empty()) {
        spec.computed = std::move(found.order);
        return;
    }
    std::string chain;
    for (const std::uint8_t metric : found.cycle) {
        chain += (chain.empty() ? "" : " -> ") + spec.metrics[metric].name;
    }
    in.report.add(Problem::formula_cycle,
                  metrics.children[found.cycle.front()].find("formula")->value,
                  {chain});
}

/// A metric without a rule is there for somebody who names it.
void check_inputs(Compiling& in, const Node& metrics, const policy::PolicySpec& spec) {
    std::set<std::uint8_t> used;
    for (const policy::MetricSpec& metric : spec.metrics) {
        const std::vector<std::uint8_t> named = policy::named_by(metric);
        used.insert(named.begin(), named.end());
    }
    for (std::size_t i = 0; i < spec.metrics.size(); ++i) {
        if (std::holds_alternative<policy::Input>(spec.metrics[i].rule) &&
            !used.contains(static_cast<std::uint8_t>(i))) {
            const Node& metric = metrics.children[i];
            const Node* name = metric.find("name");
            in.report.add(Problem::unused_input,
                          name != nullptr ? name->value : metric.value,
                          {spec.metrics[i].name});
        }
    }
}

}  // namespace

void check_query(Compiling& in,
                 const Fields& fields,
                 std::string_view key,
                 std::string_view source) {
    const Node* query = fields.find(key);
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
    in.report.add(Problem::bad_expression, at, {key, placed.message});
}

void compile_metrics(Compiling& in, const Fields& fields, Policy& policy) {
    const Node* metrics = fields.find("metric");
    if (metrics == nullptr) {
        if (!fields.is_written("metric") && !fields.is_written("schedule") &&
            !fields.is_written("vertical")) {
            in.report.add(Problem::no_metric, fields.node()->key, {policy.spec.name});
        }
        return;
    }
    MetricNames names{*metrics};
    std::set<std::string> seen;
    for (const Node& node : metrics->children) {
        compile_metric(in, node, names, policy);
        const std::string& name = policy.spec.metrics.back().name;
        if (!name.empty() && !seen.insert(name).second) {
            in.report.add(Problem::duplicate_entry,
                          node.find("name")->value,
                          {"metric", "the name '" + name + '\''});
        }
    }
    order_formulas(in, *metrics, policy.spec);
    if (!names.is_doubtful) {
        check_inputs(in, *metrics, policy.spec);
    }
}

}  // namespace tided::config
