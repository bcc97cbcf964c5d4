// [policy.NAME] with its metrics and behavior.
#include <algorithm>

#include "daemon/config/compile_metrics.h"
#include "daemon/config/fingerprint.h"

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
                               .tolerance = Ratio{fields.number("tolerance")},
                               .cooldown = fields.duration("cooldown")};
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

bool is_learned(const policy::MetricSpec& metric) {
    return std::holds_alternative<policy::Capacity>(metric.rule);
}
bool has_rule(const policy::MetricSpec& metric) {
    return !std::holds_alternative<policy::Input>(metric.rule);
}

/// What a capacity learns stands in for HPA's damping, unless that is written or somebody else
/// proposes too.
void leave_to_what_is_learned(const Fields& behavior, policy::PolicySpec& spec) {
    const auto& metrics = spec.metrics;
    if (std::ranges::none_of(metrics, is_learned) ||
        std::ranges::any_of(metrics, [](const auto& m) { return has_rule(m) && !is_learned(m); })) {
        return;
    }
    if (!behavior.inner("scale_up").is_written("policies")) {
        spec.behavior.up.rates.clear();
    }
    if (!behavior.inner("scale_down").is_written("stabilization")) {
        spec.behavior.down.stabilization = {};
    }
}

/// A minimum that is wrong itself says nothing of `idle`.
void check_idle(Compiling& in, const Fields& fields, const policy::PolicySpec& spec) {
    const bool is_min_known = fields.find("min") != nullptr || !fields.is_written("min");
    if (is_min_known && *spec.idle > spec.min) {
        in.report.add(Problem::idle_above_min,
                      fields.place("idle"),
                      {to_string(*spec.idle), to_string(spec.min)});
    }
}

}  // namespace

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
    if (fields.find("idle") != nullptr) {
        policy.spec.idle = Replicas{static_cast<std::int32_t>(fields.integer("idle"))};
        check_idle(in, fields, policy.spec);
    }
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
    policy.priority = static_cast<std::int32_t>(fields.integer("priority"));
    compile_profile(in, fields, policy.spec);
    compile_metrics(in, fields, policy);
    compile_guards(in, fields, policy.spec);
    leave_to_what_is_learned(fields.inner("behavior"), policy.spec);
    compile_schedule(in, fields, policy);
    compile_vertical(in, fields, policy);
    if (over == nullptr && !fields.is_written("overrides")) {
        warn_of_no_effect(in, fields, policy.spec);
    }
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
