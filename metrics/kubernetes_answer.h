// Kubernetes answer: what one of the metrics APIs says, as samples with the instants it gives them.
//
//   PodMetricsList            items[].{metadata{name,namespace,labels},timestamp,window,
//                                      containers[].{name,usage{cpu:"12345678n",memory:"64Ki"}}}
//   NodeMetricsList           items[].{metadata{name,labels},timestamp,window,usage}
//   MetricValueList           items[].{describedObject{name,namespace},timestamp,value:"500m"}
//   ExternalMetricValueList   items[].{metricLabels,timestamp,value}
//
// Sources: k8s.io/metrics, types.go of metrics/v1beta1, custom_metrics/v1beta1 and v1beta2,
// external_metrics/v1beta1. The versions of custom differ in members that are not read here.
//
// An answer is taken whole or not at all: one quantity, instant or name that cannot be read and it
// is refused, for the rest would be a smaller sum. So is one that names an object twice. A pod that
// the API leaves out is no mistake: it has no metrics yet, or no more. `timestamp` is the end of
// what was measured and the sample's instant; an item without one is refused.
#pragma once

#include <cstddef>
#include <vector>

#include "metrics/kubernetes_request.h"
#include "metrics/transport.h"
#include "policy/vocab/labels.h"
#include "policy/vocab/result.h"
#include "policy/vocab/time.h"

namespace tided::metrics {

/// One value of one series.
struct KubernetesSample {
    Labels labels{};  ///< normalised, with the series' name: that of the API, not as it is stored
    TimePoint at{};
    double value = 0.0;

    friend bool operator==(const KubernetesSample&, const KubernetesSample&) = default;
};

/// For tables of series by their labels.
struct LabelsHash {
    [[nodiscard]] std::size_t operator()(const Labels& labels) const;
};

/// Errors: what the API server or the metrics API behind it refuses, with what an operator can do
/// about it (403: the rule that is missing; 404: nothing serves the API; 503: which APIService to
/// look at); corrupt, when a 200 is not the list that was asked for.
[[nodiscard]] Result<std::vector<KubernetesSample>> parse_kubernetes_answer(
    const KubernetesRequest& request, const Page& page);

}  // namespace tided::metrics
