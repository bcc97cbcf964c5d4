#include "policy/hpa/metrics.h"

#include <cmath>

namespace tided::policy::hpa {

namespace {

constexpr double thousandth = 1000.0;

/// What the metric is held at; Kubernetes knows no other rule.
Target target_of(const MetricSpec& metric) {
    const Target* target = std::get_if<Target>(&metric.rule);
    return target == nullptr ? Target{} : *target;
}

Goal goal_of(const PolicySpec& spec, const MetricSpec& metric) {
    const Target target = target_of(metric);
    const bool is_percent = target.kind == TargetKind::utilization;
    return {
        .kind = target.kind,
        .amount = is_percent ? static_cast<std::int64_t>(target.amount) : milli_of(target.amount),
        .tolerance = {.down = spec.behavior.down.tolerance, .up = spec.behavior.up.tolerance}};
}

Answer ask_of_pods(const PolicySpec& spec, const Inputs& inputs, std::size_t index) {
    const MetricSpec& metric = spec.metrics[index];
    if (index >= inputs.pods.size()) {
        return {.absence = Absence::never_seen};
    }
    const PodView view{.rules = rules_of(spec.profile),
                       .now = inputs.now,
                       .timing = spec.timing,
                       .container = metric.container,
                       .is_cpu = metric.type != MetricType::pods && metric.resource == "cpu",
                       .is_plain = metric.type == MetricType::pods};
    return ask_pods(inputs.pods[index], view, goal_of(spec, metric), inputs.observed->replicas);
}

Answer ask_number(const PolicySpec& spec, const Inputs& inputs, std::size_t index) {
    const MetricSpec& metric = spec.metrics[index];
    const std::int64_t value = milli_of(inputs.readings[index].value);
    const Goal goal = goal_of(spec, metric);
    const Rules& rules = rules_of(spec.profile);
    if (target_of(metric).kind == TargetKind::average_value) {
        return ask_average(value, goal, inputs.observed->present, rules);
    }
    return ask_value(value, goal, *inputs.observed, rules);
}

}  // namespace

bool is_of_pods(MetricType type) {
    return type == MetricType::pods || type == MetricType::resource ||
           type == MetricType::container_resource;
}

Answer ask_metric(const PolicySpec& spec, const Inputs& inputs, std::size_t index) {
    const MetricSpec& metric = spec.metrics[index];
    if (is_of_pods(metric.type)) {
        return ask_of_pods(spec, inputs, index);
    }
    if (metric.type == MetricType::unknown || target_of(metric).kind == TargetKind::utilization) {
        return {.absence = Absence::not_evaluated};
    }
    return std::isfinite(inputs.readings[index].value) ? ask_number(spec, inputs, index)
                                                       : Answer{.absence = Absence::not_a_number};
}

double reported(const MetricSpec& metric, const Answer& answer) {
    return target_of(metric).kind == TargetKind::utilization
               ? answer.utilization
               : static_cast<double>(answer.average) / thousandth;
}

ConditionReason failure_of(MetricType type) {
    switch (type) {
        case MetricType::resource:
            return ConditionReason::failed_get_resource_metric;
        case MetricType::container_resource:
            return ConditionReason::failed_get_container_resource_metric;
        case MetricType::pods:
            return ConditionReason::failed_get_pods_metric;
        case MetricType::object:
            return ConditionReason::failed_get_object_metric;
        case MetricType::external:
            return ConditionReason::failed_get_external_metric;
        default:
            return ConditionReason::invalid_metric_source_type;
    }
}

}  // namespace tided::policy::hpa
