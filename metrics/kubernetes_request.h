// Kubernetes request: the one read that answers a selector, and what of the selector is left for
// the store to judge.
//
//   pod_cpu_usage_cores{namespace="web",app="shop",tier=~"a|b",container!="proxy"}
//
//   GET /apis/metrics.k8s.io/v1beta1/namespaces/web/pods?labelSelector=app%3Dshop%2Ctier+in+(a,b)
//   left: container!="proxy"      implied: every series of the answer has app="shop"
//
//   resource   pod_cpu_usage_cores, pod_memory_working_set_bytes, pod_metrics_window_seconds
//                {namespace,pod,container}     conditions on other labels are on the pod's labels
//              node_cpu_usage_cores, node_memory_working_set_bytes, node_metrics_window_seconds
//                {node}                        likewise on the node's
//   custom     METRIC{namespace,pod}           pod: the singular of what the source's metrics
//                                              describe; metric_NAME: on the metric's label NAME,
//                                              others on the object's labels
//   external   METRIC{namespace}               others are on the metric's labels
//
// Sources: kubernetes.io "Resource metrics pipeline"; k8s.io/metrics, types.go of each group;
// "Labels and Selectors" for what a labelSelector can say: =, !=, in, notin, exists.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "metrics/matcher.h"
#include "metrics/promql/ast.h"
#include "metrics/spec.h"
#include "policy/vocab/labels.h"
#include "policy/vocab/result.h"

namespace tided::metrics {

struct KubernetesRequest {
    enum class Kind : std::uint8_t { pods, nodes, custom, external } kind = Kind::pods;
    std::string space{};         ///< the namespace, "" when it is asked of the whole cluster
    std::string path{};          ///< below /apis/GROUP/VERSION, with the query
    std::string resource{};      ///< as a rule of RBAC names it: "pods", "pods/http_requests"
    std::string metric{};        ///< of custom and external: the series' name
    std::string object_label{};  ///< of custom: the label that names the described object
    Labels implied{};            ///< labels that the request's conditions give every series

    friend bool operator==(const KubernetesRequest&, const KubernetesRequest&) = default;
};

/// "metrics.k8s.io", "custom.metrics.k8s.io" or "external.metrics.k8s.io".
[[nodiscard]] std::string_view group_of(KubernetesRequest::Kind kind);

/// The request's path at the API server: "/apis/metrics.k8s.io/v1beta1/nodes".
[[nodiscard]] std::string url_of(const KubernetesRequest& request, std::string_view version);

/// The rule that a Role needs for it: `{apiGroups: [...], resources: [...], verbs: [...]}`.
[[nodiscard]] std::string rule_for(const KubernetesRequest& request);

/// One selector, taken apart.
struct KubernetesSelection {
    KubernetesRequest request{};
    std::string name{};           ///< of the series
    std::vector<Matcher> rest{};  ///< conditions that the answer is yet to be judged by

    friend bool operator==(const KubernetesSelection&, const KubernetesSelection&) = default;
};

/// Errors: invalid_input, a sentence about the selector: a metric or namespace that is not named, a
/// condition that the API cannot say.
[[nodiscard]] Result<KubernetesSelection> select(const promql::VectorSelector& selector,
                                                 const KubernetesMetricsSpec& spec);

/// The name under which a request's series are stored. Requests overlap and do not tell of each
/// series by which labels it was chosen: each keeps its own.
[[nodiscard]] std::string stored_name(std::string_view name, const KubernetesRequest& request);

/// An expression whose selectors read what its requests bring.
struct KubernetesQuery {
    std::string expression{};
    std::vector<KubernetesRequest> requests{};  ///< each once
};

/// Errors: those of make_evaluator() and select(), each starting with "LINE:COL: ".
[[nodiscard]] Result<KubernetesQuery> make_kubernetes_query(const std::string& expression,
                                                            const KubernetesMetricsSpec& spec);

}  // namespace tided::metrics
