// [policy.NAME.guards] and what else only some profiles know.
#include <algorithm>
#include <array>

#include "daemon/config/compile_metrics.h"
#include "daemon/config/spelling.h"
#include "policy/hpa/replicas.h"

namespace tided::config {
namespace {

policy::Profile profile_called(std::string_view name) {
    for (const auto profile :
         {policy::Profile::kubernetes_1_28, policy::Profile::kubernetes_1_37}) {
        if (policy::to_string(profile) == name) {
            return profile;
        }
    }
    return policy::Profile::standard;
}

policy::ApprovalRule compile_approval(const Fields& fields) {
    policy::ApprovalRule rule;
    if (fields.find("above") != nullptr) {
        rule.above = Replicas{static_cast<std::int32_t>(fields.integer("above"))};
    }
    if (fields.find("above_share") != nullptr) {
        rule.above_share = Ratio{fields.number("above_share")};
    }
    return rule;
}

policy::FlappingRule compile_flapping(const Fields& fields, policy::Profile profile) {
    policy::FlappingRule rule{.within = fields.duration("within"),
                              .longest = fields.duration("longest")};
    if (profile != policy::Profile::standard) {
        rule.turns = 0;
    }
    if (fields.find("turns") != nullptr) {
        rule.turns = static_cast<std::int32_t>(fields.integer("turns"));
    }
    return rule;
}

std::optional<policy::UndoRule> compile_undo(Compiling& in,
                                             const Fields& fields,
                                             const policy::PolicySpec& spec) {
    const Node* named = fields.find("metric");
    if (named == nullptr) {
        return std::nullopt;
    }
    const auto metric = std::ranges::find(spec.metrics, named->text, &policy::MetricSpec::name);
    if (metric == spec.metrics.end()) {
        std::vector<std::string_view> names;
        for (const policy::MetricSpec& known : spec.metrics) {
            names.push_back(known.name);
        }
        in.report.add(Problem::unknown_name,
                      named->value,
                      {"metric", named->text},
                      did_you_mean(named->text, names));
        return std::nullopt;
    }
    return policy::UndoRule{.metric = static_cast<std::uint8_t>(metric - spec.metrics.begin()),
                            .worse_by = Ratio{fields.number("worse_by")},
                            .within = fields.duration("within"),
                            .hold = fields.duration("hold")};
}

/// What the profile's own controller does not know cannot be asked of it.
void refuse_in_profile(Compiling& in, const Fields& fields, policy::Profile profile) {
    const auto refuse = [&](const Place& at, std::string_view what) {
        in.report.add(Problem::not_in_profile, at, {what, policy::to_string(profile)});
    };
    for (const char* key : {"idle", "schedule"}) {
        if (fields.is_written(key)) {
            refuse(fields.node()->find(key)->key, key);
        }
    }
    const Node* guards = fields.node()->find("guards");
    if (const Node* undo = guards == nullptr ? nullptr : guards->find("undo")) {
        refuse(undo->key, "undo");
    }
    const Node* metrics = fields.node()->find("metric");
    for (const Node& metric : metrics == nullptr ? std::vector<Node>{} : metrics->children) {
        for (const Node& key : metric.children) {
            constexpr std::array<std::string_view, 7> known{
                "name", "type", "query", "source", "fallback_source", "target", "max_age"};
            if (key.is_usable && std::ranges::find(known, key.name) == known.end()) {
                refuse(key.key, key.name);
            }
        }
    }
}

void refuse_without_profile(Compiling& in, const Fields& fields) {
    constexpr std::string_view key = "downscale_stabilization";
    if (fields.is_written(key)) {
        in.report.add(Problem::needs_other_key, fields.node()->find(key)->key, {key, "profile"});
    }
}

}  // namespace

void compile_profile(Compiling& in, const Fields& fields, policy::PolicySpec& spec) {
    spec.profile = profile_called(fields.text("profile"));
    if (spec.profile == policy::Profile::standard) {
        refuse_without_profile(in, fields);
        return;
    }
    refuse_in_profile(in, fields, spec.profile);
    spec.kubernetes.has_behavior = fields.is_written("behavior");
    spec.kubernetes.downscale_stabilization = fields.duration("downscale_stabilization");
    for (policy::ScalingRules* rules : {&spec.behavior.up, &spec.behavior.down}) {
        rules->tolerance.value = policy::hpa::as_quantity(rules->tolerance.value);
    }
}

void compile_guards(Compiling& in, const Fields& fields, policy::PolicySpec& spec) {
    const Fields guards = fields.inner("guards");
    const auto limit = guards.find("steps_per_hour") == nullptr ? std::int64_t{0}
                                                                : guards.integer("steps_per_hour");
    spec.guards = {.steps_per_hour = static_cast<std::int32_t>(limit),
                   .approval = compile_approval(guards.inner("approval")),
                   .flapping = compile_flapping(guards.inner("flapping"), spec.profile),
                   .undo = compile_undo(in, guards.inner("undo"), spec)};
    const Node* approval = guards.find("approval");
    if (approval != nullptr && approval->children.empty()) {
        in.report.add(
            Problem::needs_one_of, approval->key, {"'approval'", "'above' and 'above_share'"});
    }
}

policy::FleetRules compile_limits(const Fields& daemon) {
    const Fields fields = daemon.inner("limits");
    policy::FleetRules rules{.removed_within = fields.duration("removed_within")};
    if (fields.find("steps_per_minute") != nullptr) {
        rules.steps_per_minute = static_cast<std::int32_t>(fields.integer("steps_per_minute"));
    }
    if (fields.find("removed_share") != nullptr) {
        rules.removed_share = Ratio{fields.number("removed_share")};
    }
    return rules;
}

}  // namespace tided::config
