// Suite hpa, whole passes: what the daemon does each tick in a Kubernetes profile, with the write
// of the scale in between.
#include <algorithm>

#include "policy/hpa/reconcile.h"
#include "policy/hpa/replicas.h"
#include "tests/golden/hpa_kinds.h"
#include "tests/golden/hpa_words.h"

namespace tided::golden {
namespace json = boost::json;
namespace hpa = policy::hpa;
using namespace std::chrono_literals;

namespace {

constexpr double thousandth = 1000.0;

bool is_off(const json::object& test, std::string_view gate) {
    const json::value* gates = test.if_contains("gates");
    const json::value* state =
        gates != nullptr && gates->is_object() ? gates->get_object().if_contains(gate) : nullptr;
    return state != nullptr && *state == json::value(false);
}

policy::MetricType type_called(std::string_view name) {
    using policy::MetricType;
    return name == "Resource"            ? MetricType::resource
           : name == "ContainerResource" ? MetricType::container_resource
           : name == "Pods"              ? MetricType::pods
           : name == "Object"            ? MetricType::object
           : name == "External"          ? MetricType::external
                                         : MetricType::unknown;
}

policy::MetricSpec metric_of(const json::object& written) {
    policy::MetricSpec metric{.type = type_called(text(written, "type")),
                              .resource = std::string{text(written, "resource")},
                              .container = std::string{text(written, "container")}};
    const json::value* target = written.if_contains("target");
    if (target == nullptr || !target->is_object()) {
        return metric;
    }
    const std::string_view kind = text(target->get_object(), "kind");
    const auto amount = static_cast<double>(integer(target->get_object(), "value", 1));
    metric.rule =
        kind == "Utilization"
            ? Target{.kind = TargetKind::utilization, .amount = amount}
            : Target{.kind = kind == "AverageValue" ? TargetKind::average_value : TargetKind::value,
                     .amount = amount / thousandth};
    return metric;
}

policy::PolicySpec spec_of(const json::object& test) {
    policy::PolicySpec spec{.min = {static_cast<std::int32_t>(integer(test, "min", 1))},
                            .max = {static_cast<std::int32_t>(integer(test, "max", 1))},
                            .behavior = default_behavior(),
                            .profile = profile_of(test),
                            .timing = {.cpu_initialization = 120s, .initial_readiness_delay = 10s}};
    spec.kubernetes.scale_up_factor =
        static_cast<double>(integer(test, "scale_up_limit_factor", 2));
    spec.kubernetes.scale_to_zero = !is_off(test, "HPAScaleToZero");
    for (const json::value& metric : array(test, "metrics")) {
        spec.metrics.push_back(metric_of(metric.get_object()));
    }
    if (const json::object* behavior = test.at("behavior").if_object()) {
        spec.kubernetes.has_behavior = true;
        const policy::Behavior standard = default_behavior();
        const auto direction = [&](std::string_view name) {
            const json::value* rules = behavior->if_contains(name);
            return rules == nullptr ? json::value{} : *rules;
        };
        spec.behavior = {.up = rules_over(direction("scale_up"), standard.up),
                         .down = rules_over(direction("scale_down"), standard.down)};
    }
    if (is_off(test, "HPAConfigurableTolerance")) {
        spec.behavior.up.tolerance = default_behavior().up.tolerance;
        spec.behavior.down.tolerance = default_behavior().down.tolerance;
    }
    return spec;
}

policy::PolicyState state_of(const json::object& test) {
    policy::PolicyState state;
    if (const json::array* history = test.at("recommendations").if_array()) {
        state.recommendations = recommendations(*history);
        if (history->empty()) {  // a list that exists is not seeded: one entry that says nothing
            state.recommendations = {{.replicas = {0}, .at = instant_of({})}};
        }
    }
    for (const json::value& condition : array(test, "initial_conditions")) {
        hpa::ConditionType type{};
        hpa::ConditionReason reason{};
        if (from_string(std::string_view{condition.at(0).as_string()}, type) &&
            from_string(std::string_view{condition.at(2).as_string()}, reason)) {
            state.conditions.set(
                type, condition.at(1).as_string() == "True", reason, instant_of({}));
        }
    }
    return state;
}

/// What a pass reads of the world. Views into `pods` and `customs`.
struct World {
    explicit World(const json::object& test)
        : pods{array(test, "pods"), array(test, "resource_samples")},
          customs{array(test, "pods"), array(test, "custom_samples")} {
        observed = {.replicas = {static_cast<std::int32_t>(integer(test, "spec_replicas", 0))},
                    .present = {static_cast<std::int32_t>(integer(test, "status_replicas", 0))},
                    .ready = hpa::ready_pods(pods.samples())};
        for (const json::value& metric : array(test, "metrics")) {
            add(test, text(metric.get_object(), "type"));
        }
    }

    [[nodiscard]] policy::Inputs inputs(const json::object& test) const {
        const std::string_view selector = text(test, "selector_error");
        return {.now = evaluation_instant(),
                .observed = test.contains("fail_get_scale") ? nullptr : &observed,
                .readings = readings,
                .pods = samples,
                .selector = selector.empty()                ? policy::SelectorState::usable
                            : selector == "InvalidSelector" ? policy::SelectorState::invalid
                                                            : policy::SelectorState::ambiguous};
    }

    Workload pods;
    Workload customs;
    Observed observed;
    std::vector<Reading> readings = {};
    std::vector<PodSamples> samples = {};

private:
    void add(const json::object& test, std::string_view type) {
        const json::array& levels = array(test, "levels");
        std::int64_t value = 0;
        for (const json::value& level : levels) {
            value = hpa::saturated_sum(value, level.to_number<std::int64_t>());
            if (type == "Object") {
                break;
            }
        }
        const json::array& failing = array(test, "metric_errors");
        const bool fails = std::ranges::find(failing, json::value(type)) != failing.end();
        const bool is_empty = (type == "Object" || type == "External") && levels.empty();
        readings.push_back(fails || is_empty
                               ? Reading::absent(Absence::source_failed)
                               : Reading::of(static_cast<double>(value) / thousandth, 0s, 30s));
        samples.push_back(type == "Pods" ? customs.samples() : pods.samples());
    }
};

json::array told(const hpa::Conditions& conditions) {
    json::array result;
    for (const hpa::Condition& condition : conditions.all()) {
        result.push_back(json::array{to_string(condition.type),
                                     condition.is_true ? "True" : "False",
                                     to_string(condition.reason)});
    }
    return result;
}

bool is_utilization(const policy::MetricSpec& metric) {
    const Target* target = std::get_if<Target>(&metric.rule);
    return target != nullptr && target->kind == TargetKind::utilization;
}

/// The utilization that the first metric of that kind reports.
json::value utilization(const policy::PolicySpec& spec, const policy::Decision& decision) {
    for (const policy::Reason& link : decision.reasons.links()) {
        const bool is_proposal = link.code == policy::ReasonCode::metric_proposes ||
                                 link.code == policy::ReasonCode::within_tolerance;
        if (is_proposal && is_utilization(spec.metrics[link.metric])) {
            return static_cast<std::int64_t>(link.value);
        }
    }
    return nullptr;
}

}  // namespace

Result<json::value> reconcile(const json::object& test) {
    const policy::PolicySpec spec = spec_of(test);
    policy::PolicyState state = state_of(test);
    const World world{test};
    const policy::Inputs inputs = world.inputs(test);
    const hpa::Pass pass = hpa::reconcile(spec, inputs, state);
    const policy::Decision& decision = pass.decision;
    const bool moves = decision.direction() != policy::Direction::hold;
    const bool cannot_write = test.contains("fail_update_scale");
    if (moves && cannot_write) {
        policy::record_failed_step(spec, state, inputs.now);
    } else if (moves) {
        policy::record_scale_event(spec, state, decision.current, decision.desired, inputs.now);
    }
    const bool is_written = moves && !cannot_write;
    return json::object{
        {"desired_replicas", is_written ? decision.desired.count : world.observed.replicas.count},
        {"scale_updated", is_written},
        {"error", pass.has_error || (moves && cannot_write)},
        {"conditions", told(state.conditions)},
        {"cpu_utilization", utilization(spec, decision)}};
}

}  // namespace tided::golden
