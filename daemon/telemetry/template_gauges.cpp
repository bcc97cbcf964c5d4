#include "daemon/telemetry/template_gauges.h"

#include <array>
#include <string>

#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

namespace tided::daemon {
namespace {

using Gauges = prometheus::Family<prometheus::Gauge>;

enum Name : std::size_t { instances, missing, last_answer, refused };
constexpr std::array<std::string_view, 4> names{"tided_template_instances",
                                                "tided_template_instances_missing",
                                                "tided_template_last_answer_timestamp_seconds",
                                                "tided_template_values_refused"};
constexpr std::array<std::string_view, 4> helps{
    "Instances of a template.",
    "Those whose value the last usable answer lacked.",
    "When the values of a template were last listed.",
    "Values without an instance, by reason: max or unfit."};

/// Registering again gives the family that is there.
Gauges& family(prometheus::Registry& registry, Name name) {
    return prometheus::BuildGauge()
        .Name(std::string{names.at(name)})
        .Help(std::string{helps.at(name)})
        .Register(registry);
}

prometheus::Labels of(std::string_view policy) {
    return {{"policy", std::string{policy}}};
}

prometheus::Labels of(std::string_view policy, std::string_view reason) {
    return {{"policy", std::string{policy}}, {"reason", std::string{reason}}};
}

void forget(Gauges& gauges, const prometheus::Labels& labels) {
    if (gauges.Has(labels)) {
        gauges.Remove(&gauges.Add(labels));
    }
}

}  // namespace

void set_template_gauges(prometheus::Registry& registry,
                         std::string_view policy,
                         const InstanceCounts& counts) {
    const auto set = [&](Name name, const prometheus::Labels& labels, double value) {
        family(registry, name).Add(labels).Set(value);
    };
    set(instances, of(policy), static_cast<double>(counts.present));
    set(missing, of(policy), static_cast<double>(counts.missing));
    set(refused, of(policy, "max"), static_cast<double>(counts.over_max));
    set(refused, of(policy, "unfit"), static_cast<double>(counts.unfit));
    if (counts.heard) {
        set(last_answer, of(policy), to_unix_seconds(*counts.heard));
    }
}

void forget_template_gauges(prometheus::Registry& registry, std::string_view policy) {
    for (const Name name : {instances, missing, last_answer}) {
        forget(family(registry, name), of(policy));
    }
    for (const char* reason : {"max", "unfit"}) {
        forget(family(registry, refused), of(policy, reason));
    }
}

std::span<const std::string_view> template_gauge_names() {
    return names;
}

}  // namespace tided::daemon
