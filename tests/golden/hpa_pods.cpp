// Suite hpa, the parts that judge pods: replica_calc, group_pods, calculate_requests,
// per_pod_usage.
#include <limits>

#include "policy/hpa/replicas.h"
#include "tests/golden/hpa_kinds.h"
#include "tests/golden/hpa_words.h"

namespace tided::golden {
namespace json = boost::json;
namespace hpa = policy::hpa;

namespace {

policy::PodTiming timing_of(const json::object& test) {
    return {
        .cpu_initialization = std::chrono::seconds{integer(test, "cpu_initialization_period_s", 0)},
        .initial_readiness_delay =
            std::chrono::seconds{integer(test, "initial_readiness_delay_s", 0)}};
}

policy::Tolerance tolerance_of(const json::object& test) {
    const json::object& written = test.at("tolerance").get_object();
    return {.down = {hpa::as_quantity(written.at("down").to_number<double>())},
            .up = {hpa::as_quantity(written.at("up").to_number<double>())}};
}

hpa::Goal goal_of(const json::object& test) {
    const json::object& target = test.at("target").get_object();
    const std::string_view kind = text(target, "kind");
    return {.kind = kind == "Utilization"    ? TargetKind::utilization
                    : kind == "AverageValue" ? TargetKind::average_value
                                             : TargetKind::value,
            .amount = integer(target, "value", 1),
            .tolerance = tolerance_of(test)};
}

std::string missing_request(const std::string& resource,
                            const hpa::Requested& asked,
                            const Pod& pod) {
    return "missing request for " + resource + " in container " + std::string{asked.lacking} +
           " of Pod " + std::string{pod.name};
}

/// In the words of Kubernetes' controller.
std::string upstream_words(Absence absence, const json::object& test, const PodSamples& samples) {
    const std::string resource =
        test.contains("resource") ? std::string{text(test, "resource")} : "cpu";
    const hpa::Rules& rules = hpa::rules_of(profile_of(test));
    switch (absence) {
        case Absence::no_samples:
            return "unable to get metrics for resource " + resource +
                   ": no metrics returned from resource metrics API";
        case Absence::no_pods:
            return "no pods returned by selector while calculating replica count";
        case Absence::no_ready_samples:
            return "did not receive metrics for targeted pods (pods might be unready)";
        case Absence::no_requests:
            return "no metrics returned matched known pods";
        case Absence::container_missing:
            return "container " + std::string{text(test, "container")} +
                   " not present in metrics for pod";
        case Absence::request_missing:
            for (const Pod& pod : samples.pods) {
                const hpa::Requested asked =
                    hpa::requested_by(pod, {.rules = rules, .container = text(test, "container")});
                if (!asked.milli) {
                    return missing_request(resource, asked, pod);
                }
            }
            break;
        default:
            break;
    }
    return std::string{to_string(absence)};
}

std::int64_t total_of(const json::object& test) {
    std::int64_t total = 0;
    for (const json::value& value : array(test, "samples")) {
        total = hpa::saturated_sum(total, value.to_number<std::int64_t>());
    }
    return total;
}

json::value told(const hpa::Answer& answer, const json::object& test, const PodSamples& samples) {
    if (answer.absence != Absence::none) {
        return json::object{{"error_contains", upstream_words(answer.absence, test, samples)}};
    }
    json::object result{{"replicas", answer.replicas.count}};
    if (text(test, "metric_type").ends_with("Resource")) {
        result["utilization_percent"] = answer.utilization;
        result["raw_average_milli"] = answer.average;
    } else {
        result["usage_milli"] = answer.average;
    }
    return result;
}

}  // namespace

Result<json::value> replica_calc(const json::object& test) {
    const std::string_view type = text(test, "metric_type");
    const Replicas current{static_cast<std::int32_t>(integer(test, "current_replicas", 0))};
    const hpa::Rules& rules = hpa::rules_of(profile_of(test));
    const bool is_number = type == "Object" || type == "External";
    const Workload workload{array(test, "pods"), array(test, is_number ? "" : "samples")};
    const PodSamples samples = workload.samples();
    const hpa::Goal goal = goal_of(test);
    if (is_number) {
        const hpa::Answer answer =
            goal.kind == TargetKind::average_value
                ? ask_average(total_of(test), goal, current, rules)
                : ask_value(total_of(test),
                            goal,
                            {.replicas = current,
                             .present = {static_cast<std::int32_t>(samples.pods.size())},
                             .ready = hpa::ready_pods(samples)},
                            rules);
        return told(answer, test, samples);
    }
    const hpa::PodView view{.rules = rules,
                            .now = evaluation_instant(),
                            .timing = timing_of(test),
                            .container = text(test, "container"),
                            .is_cpu = type != "Pods",
                            .is_plain = type == "Pods"};
    return told(ask_pods(samples, view, goal, current), test, samples);
}

Result<json::value> group_pods(const json::object& test) {
    json::array samples;
    for (const auto& entry : test.at("metrics").get_object()) {
        json::object sample = entry.value().get_object();
        sample["pod"] = entry.key();
        samples.push_back(std::move(sample));
    }
    const Workload workload{array(test, "pods"), samples};
    const std::string_view resource = text(test, "resource");
    const hpa::PodView view{.rules = hpa::rules_of(profile_of(test)),
                            .now = evaluation_instant(),
                            .timing = timing_of(test),
                            .is_cpu = resource == "cpu",
                            .is_plain = true};
    std::int64_t ready = 0;
    json::array unready;
    json::array missing;
    json::array ignored;
    for (const Pod& pod : workload.pods()) {
        switch (group_of(pod, view)) {
            case hpa::PodGroup::ready:
                ++ready;
                break;
            case hpa::PodGroup::unready:
                unready.emplace_back(pod.name);
                break;
            case hpa::PodGroup::missing:
                missing.emplace_back(pod.name);
                break;
            case hpa::PodGroup::ignored:
                ignored.emplace_back(pod.name);
                break;
        }
    }
    return json::object{{"ready_count", ready},
                        {"unready", std::move(unready)},
                        {"missing", std::move(missing)},
                        {"ignored", std::move(ignored)}};
}

Result<json::value> calculate_requests(const json::object& test) {
    hpa::Rules rules = hpa::rules_of(profile_of(test));
    rules.pod_level_requests = test.at("gate_pod_level_resources").as_bool();
    const Workload workload{array(test, "pods"), {}};
    json::object requests;
    for (const Pod& pod : workload.pods()) {
        const hpa::Requested asked =
            hpa::requested_by(pod, {.rules = rules, .container = text(test, "container")});
        if (!asked.milli) {
            return json::object{{"error_contains", missing_request("cpu", asked, pod)}};
        }
        requests[pod.name] = *asked.milli;
    }
    return json::object{{"requests_milli", std::move(requests)}};
}

Result<json::value> per_pod_usage(const json::object& test) {
    const Replicas present{static_cast<std::int32_t>(integer(test, "status_replicas", 0))};
    return json::object{{"usage_milli", hpa::share_of(integer(test, "usage_milli", 0), present)}};
}

}  // namespace tided::golden
