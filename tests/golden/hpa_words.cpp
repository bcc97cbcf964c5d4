#include "tests/golden/hpa_words.h"

#include <algorithm>
#include <array>

#include "policy/hpa/replicas.h"

namespace tided::golden {
namespace json = boost::json;
using namespace std::chrono_literals;

namespace {

const TimePoint base = TimePoint{} + 1'767'225'600s;
constexpr TimePoint go_zero = TimePoint{} - 62'135'596'800s;  // 0001-01-01T00:00Z

Duration seconds(double count) {
    return std::chrono::round<Duration>(std::chrono::duration<double>(count));
}

PodPhase phase_of(std::string_view name) {
    constexpr std::array<std::pair<std::string_view, PodPhase>, 4> names{
        {{"Pending", PodPhase::pending},
         {"Running", PodPhase::running},
         {"Succeeded", PodPhase::succeeded},
         {"Failed", PodPhase::failed}}};
    const auto* at = std::ranges::find(names, name, &std::pair<std::string_view, PodPhase>::first);
    return at == names.end() ? PodPhase::unknown : at->second;
}

Readiness readiness_of(const json::value& status) {
    if (!status.is_string()) {
        return Readiness::absent;
    }
    return status.get_string() == "True"    ? Readiness::yes
           : status.get_string() == "False" ? Readiness::no
                                            : Readiness::unknown;
}

policy::Select select_of(std::string_view name) {
    return name == "Min"        ? policy::Select::min
           : name == "Disabled" ? policy::Select::disabled
                                : policy::Select::max;
}

/// The member as it stands, null when it is absent.
const json::value& value_at(const json::object& object, std::string_view name) {
    static const json::value none;
    const json::value* value = member(object, name);
    return value == nullptr ? none : *value;
}

}  // namespace

TimePoint evaluation_instant() {
    return base + 1ms;
}

TimePoint instant_of(const json::value& stamp) {
    return stamp.is_number() ? base + seconds(stamp.to_number<double>()) : go_zero;
}

std::int64_t integer(const json::object& object, std::string_view name, std::int64_t otherwise) {
    const json::value& value = value_at(object, name);
    return value.is_number() ? value.to_number<std::int64_t>() : otherwise;
}

const json::array& array(const json::object& object, std::string_view name) {
    static const json::array none;
    const json::value& value = value_at(object, name);
    return value.is_array() ? value.get_array() : none;
}

policy::Profile profile_of(const json::object& test) {
    return text(test, "source") == "v1.28" ? policy::Profile::kubernetes_1_28
                                           : policy::Profile::kubernetes_1_37;
}

std::vector<policy::Recommendation> recommendations(const json::array& list) {
    std::vector<policy::Recommendation> result;
    for (const json::value& entry : list) {
        result.push_back(
            {.replicas = {entry.at(0).to_number<std::int32_t>()}, .at = instant_of(entry.at(1))});
    }
    return result;
}

std::vector<policy::ScaleEvent> events(const json::array& list) {
    std::vector<policy::ScaleEvent> result;
    for (const json::value& entry : list) {
        result.push_back(
            {.change = entry.at(0).to_number<std::int32_t>(), .at = instant_of(entry.at(1))});
    }
    return result;
}

policy::ScalingRules rules_over(const json::value& rules, policy::ScalingRules standard) {
    if (!rules.is_object()) {
        return standard;
    }
    const json::object& object = rules.get_object();
    const auto window = std::chrono::duration_cast<std::chrono::seconds>(standard.stabilization);
    standard.stabilization =
        std::chrono::seconds{integer(object, "StabilizationWindowSeconds", window.count())};
    if (!text(object, "SelectPolicy").empty()) {
        standard.select = select_of(text(object, "SelectPolicy"));
    }
    if (value_at(object, "Policies").is_array()) {
        standard.rates.clear();
        for (const json::value& rate : array(object, "Policies")) {
            const json::object& row = rate.get_object();
            standard.rates.push_back(
                {.kind = text(row, "Type") == "Pods" ? policy::RateKind::pods
                                                     : policy::RateKind::percent,
                 .value = static_cast<std::int32_t>(integer(row, "Value", 0)),
                 .period = std::chrono::seconds{integer(row, "PeriodSeconds", 0)}});
        }
    }
    if (value_at(object, "Tolerance").is_number()) {
        standard.tolerance =
            Ratio{policy::hpa::as_quantity(value_at(object, "Tolerance").to_number<double>())};
    }
    return standard;
}

policy::Behavior default_behavior() {
    return {};
}

Workload::Workload(const json::array& pods, const json::array& samples) {
    for (const json::value& pod : pods) {
        pods_.push_back(pod_of(pod.get_object()));
    }
    for (const json::value& sample : samples) {
        const json::object& object = sample.get_object();
        const auto mate = std::ranges::find(pods_, text(object, "pod"), &Pod::name);
        if (mate == pods_.end()) {
            strangers_.push_back(usage_of(object));
        } else {
            mate->usage = usage_of(object);
        }
    }
}

Pod Workload::pod_of(const json::object& object) {
    std::vector<ContainerAmount>& requests = amounts_.emplace_back();
    for (const json::value& container : array(object, "containers")) {
        const json::object& row = container.get_object();
        const json::value& request = value_at(row, "request");
        requests.push_back({.container = text(row, "name"),
                            .milli = request.is_number()
                                         ? std::optional{request.to_number<std::int64_t>()}
                                         : std::nullopt});
    }
    const json::value& started = value_at(object, "start");
    const json::value& pod_request = value_at(object, "pod_request");
    return {.name = text(object, "name"),
            .phase = phase_of(text(object, "phase")),
            .is_deleted = value_at(object, "deleted") == json::value(true),
            .ready = readiness_of(value_at(object, "ready")),
            .started = started.is_null() ? std::nullopt : std::optional{instant_of(started)},
            .ready_since = instant_of(value_at(object, "ready_since")),
            .requests = requests,
            .pod_request = pod_request.is_number()
                               ? std::optional{pod_request.to_number<std::int64_t>()}
                               : std::nullopt};
}

PodUsage Workload::usage_of(const json::object& object) {
    std::vector<ContainerAmount>& amounts = amounts_.emplace_back();
    if (const json::value& containers = value_at(object, "containers"); containers.is_object()) {
        for (const auto& entry : containers.get_object()) {
            amounts.push_back(
                {.container = entry.key(), .milli = entry.value().to_number<std::int64_t>()});
        }
    }
    return {.containers = amounts,
            .milli = integer(object, "value", 0),
            .at = instant_of(value_at(object, "ts")),
            .window = std::chrono::seconds{integer(object, "window", 0)}};
}

}  // namespace tided::golden
