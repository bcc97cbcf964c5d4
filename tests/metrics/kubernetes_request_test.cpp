// Kubernetes request: which read answers a selector, what is left of it, and what no read answers.
#include "metrics/kubernetes_request.h"

#include <doctest/doctest.h>

#include "metrics/sources.h"

using namespace tided;
using namespace tided::metrics;
using Kind = KubernetesRequest::Kind;

namespace {

const KubernetesMetricsSpec resource{.name = "k8s"};
const KubernetesMetricsSpec custom{.name = "k8s", .api = KubernetesApi::custom};
const KubernetesMetricsSpec external{.name = "k8s", .api = KubernetesApi::external};

KubernetesMetricsSpec custom_of(const std::string& objects) {
    return {.name = "k8s", .api = KubernetesApi::custom, .objects = objects};
}

KubernetesQuery made(const std::string& expression, const KubernetesMetricsSpec& spec) {
    const auto query = make_kubernetes_query(expression, spec);
    INFO((query ? std::string{} : query.error().message));
    REQUIRE(query);
    return *query;
}

std::string path(const std::string& expression, const KubernetesMetricsSpec& spec = resource) {
    const KubernetesQuery query = made(expression, spec);
    REQUIRE(query.requests.size() == 1);
    return url_of(query.requests.front(), "v1");
}

std::string refusal(const std::string& expression, const KubernetesMetricsSpec& spec = resource) {
    const Status status = check_expression(expression, spec);
    return status ? "accepted" : status.error().message;
}

}  // namespace

TEST_CASE("kubernetes request: pods of one namespace, chosen by their labels") {
    CHECK(path("pod_cpu_usage_cores{namespace=\"web\"}") ==
          "/apis/metrics.k8s.io/v1/namespaces/web/pods");
    CHECK(path("sum(pod_memory_working_set_bytes{namespace=\"web\",tier=~\"a|b\",app=\"shop\"})") ==
          "/apis/metrics.k8s.io/v1/namespaces/web/pods"
          "?labelSelector=app%3Dshop%2Ctier%20in%20%28a%2Cb%29");
    CHECK(path("pod_cpu_usage_cores{namespace=\"web\",\"app.kubernetes.io/name\"=\"shop\"}") ==
          "/apis/metrics.k8s.io/v1/namespaces/web/pods"
          "?labelSelector=app.kubernetes.io%2Fname%3Dshop");
    const auto query = made("pod_cpu_usage_cores{namespace=\"web\",app=\"shop\"}", resource);
    const KubernetesRequest& request = query.requests.front();
    CHECK(request.kind == Kind::pods);
    CHECK(request.space == "web");
    CHECK(request.implied == Labels{{"app", "shop"}});
    CHECK(rule_for(request) ==
          "{apiGroups: [\"metrics.k8s.io\"], resources: [\"pods\"], verbs: [\"list\"]}");
}

TEST_CASE("kubernetes request: conditions on names are judged in the store") {
    const auto query = made(
        "avg_over_time(pod_cpu_usage_cores{namespace=\"web\",pod=~\"web-.*\",container!=\"x\"}[5m]"
        ")",
        resource);
    CHECK(query.expression ==
          "avg_over_time({__name__=\"pod_cpu_usage_cores of /namespaces/web/pods\","
          "pod=~\"web-.*\",container!=\"x\"}[5m])");
    CHECK(query.requests.front().path == "/namespaces/web/pods");
}

TEST_CASE("kubernetes request: nodes are asked of the whole cluster") {
    const auto query = made("sum(node_cpu_usage_cores{pool=\"a\",node!=\"n1\"})", resource);
    const KubernetesRequest& request = query.requests.front();
    CHECK(request.kind == Kind::nodes);
    CHECK(request.space.empty());
    CHECK(request.path == "/nodes?labelSelector=pool%3Da");
    CHECK(query.expression ==
          "sum({__name__=\"node_cpu_usage_cores of /nodes?labelSelector=pool%3Da\",node!=\"n1\"})");
    CHECK(rule_for(request) ==
          "{apiGroups: [\"metrics.k8s.io\"], resources: [\"nodes\"], verbs: [\"list\"]}");
}

TEST_CASE("kubernetes request: selectors that one answer serves share it") {
    const auto query = made(
        "sum(pod_cpu_usage_cores{namespace=\"web\"}) / "
        "sum(pod_memory_working_set_bytes{namespace=\"web\",container=\"app\"}) + "
        "count(pod_cpu_usage_cores{namespace=\"db\"} offset 1m)",
        resource);
    REQUIRE(query.requests.size() == 2);
    CHECK(query.requests[0].path == "/namespaces/web/pods");
    CHECK(query.requests[1].path == "/namespaces/db/pods");
    CHECK(query.expression ==
          "sum({__name__=\"pod_cpu_usage_cores of /namespaces/web/pods\"}) / "
          "sum({__name__=\"pod_memory_working_set_bytes of /namespaces/web/pods\","
          "container=\"app\"}) + "
          "count({__name__=\"pod_cpu_usage_cores of /namespaces/db/pods\"} offset 1m)");
}

TEST_CASE("kubernetes request: custom metrics of pods, by object or by labels") {
    CHECK(path("http_requests{namespace=\"web\"}", custom) ==
          "/apis/custom.metrics.k8s.io/v1/namespaces/web/pods/*/http_requests");
    CHECK(path("http_requests{namespace=\"web\",app=\"shop\",metric_verb=\"GET\"}", custom) ==
          "/apis/custom.metrics.k8s.io/v1/namespaces/web/pods/*/http_requests"
          "?labelSelector=app%3Dshop&metricLabelSelector=verb%3DGET");
    CHECK(path("http_requests{namespace=\"web\",pod=\"web-1\"}", custom) ==
          "/apis/custom.metrics.k8s.io/v1/namespaces/web/pods/web-1/http_requests");
    CHECK(path("http_requests{namespace=\"web\",pod=\"web-1\",app=\"shop\"}", custom) ==
          "/apis/custom.metrics.k8s.io/v1/namespaces/web/pods/*/http_requests"
          "?labelSelector=app%3Dshop");
    CHECK(path("{\"a/b:c\",namespace=\"web\"}", custom) ==
          "/apis/custom.metrics.k8s.io/v1/namespaces/web/pods/*/a%2Fb%3Ac");
    const auto query =
        made("http_requests{namespace=\"web\",app=\"shop\",metric_verb=\"GET\"}", custom);
    CHECK(query.requests.front().implied == Labels{{"app", "shop"}, {"metric_verb", "GET"}});
    CHECK(rule_for(query.requests.front()) ==
          "{apiGroups: [\"custom.metrics.k8s.io\"], resources: [\"pods/http_requests\"], "
          "verbs: [\"get\"]}");
}

TEST_CASE("kubernetes request: custom metrics of other objects") {
    CHECK(path("hits{namespace=\"web\",ingress=\"main\"}",
               custom_of("ingresses.networking.k8s.io")) ==
          "/apis/custom.metrics.k8s.io/v1/namespaces/web/ingresses.networking.k8s.io/main/hits");
    CHECK(path("hits{namespace=\"web\",service=~\"a.*\"}", custom_of("services")) ==
          "/apis/custom.metrics.k8s.io/v1/namespaces/web/services/*/hits");
    CHECK(path("hits{node=\"n1\"}", custom_of("nodes")) ==
          "/apis/custom.metrics.k8s.io/v1/nodes/n1/hits");
    const auto query = made("hits{namespace=\"web\"}", custom_of("namespaces"));
    CHECK(query.requests.front().path == "/namespaces/web/metrics/hits");
    CHECK(rule_for(query.requests.front()) ==
          "{apiGroups: [\"custom.metrics.k8s.io\"], resources: [\"metrics\"], verbs: [\"get\"]}");
    struct Row {
        const char* objects;
        const char* label;
    };
    for (const Row& row : {Row{"pods", "pod"},
                           Row{"ingresses.networking.k8s.io", "ingress"},
                           Row{"networkpolicies.networking.k8s.io", "networkpolicy"},
                           Row{"boxes.example.com", "box"},
                           Row{"branches.example.com", "branch"},
                           Row{"deployments.apps", "deployment"}}) {
        INFO(row.objects);
        CHECK(made("x{namespace=\"web\"}", custom_of(row.objects)).requests.front().object_label ==
              row.label);
    }
}

TEST_CASE("kubernetes request: external metrics by the labels of the metric") {
    CHECK(path("queue_depth{namespace=\"web\",queue=\"mail\"}", external) ==
          "/apis/external.metrics.k8s.io/v1/namespaces/web/queue_depth"
          "?labelSelector=queue%3Dmail");
    CHECK(path("{\"s0-kafka-lag\",namespace=\"web\",\"scaledobject.keda.sh/name\"=\"w\"}",
               external) ==
          "/apis/external.metrics.k8s.io/v1/namespaces/web/s0-kafka-lag"
          "?labelSelector=scaledobject.keda.sh%2Fname%3Dw");
    const auto query = made("queue_depth{namespace=\"web\"}", external);
    CHECK(rule_for(query.requests.front()) ==
          "{apiGroups: [\"external.metrics.k8s.io\"], resources: [\"queue_depth\"], "
          "verbs: [\"list\"]}");
}

TEST_CASE("kubernetes request: what no request answers is said where it stands") {
    CHECK(refusal("sum(pod_cpu_usage_core{namespace=\"web\"})") ==
          "1:5: the resource metrics API has no 'pod_cpu_usage_core': it has "
          "{pod,node}_cpu_usage_cores, {pod,node}_memory_working_set_bytes and "
          "{pod,node}_metrics_window_seconds");
    const std::string needs_space =
        "name the namespace, {namespace=\"...\"}: the API is asked for one at a time";
    CHECK(refusal("1 + sum(pod_cpu_usage_cores)") == "1:9: " + needs_space);
    CHECK(refusal("pod_cpu_usage_cores{namespace=~\"a|b\"}") == "1:1: " + needs_space);
    CHECK(refusal("pod_cpu_usage_cores{namespace=\"a\",namespace=\"b\"}") == "1:1: " + needs_space);
    CHECK(refusal("pod_cpu_usage_cores{namespace=\"..\"}") == "1:1: " + needs_space);
    CHECK(refusal("x", external) == "1:1: " + needs_space);
    CHECK(refusal("x", custom) == "1:1: " + needs_space);
    const std::string needs_name = "name the metric: the API is asked for one at a time";
    CHECK(refusal("{__name__=~\"pod_.*\",namespace=\"web\"}") == "1:1: " + needs_name);
    CHECK(refusal("{\"..\",namespace=\"web\"}", external) == "1:1: " + needs_name);
    CHECK(refusal("sum(\n  pod_cpu_usage_cores{namespace=\"web\",app=~\"w.*\"})") ==
          "2:3: app=~\"w.*\": Kubernetes chooses by lists of values, not by patterns: write "
          "app=~\"a|b\" or app!~\"a|b\"");
    CHECK(refusal("x{namespace=\"web\",app=\"a\"}", custom_of("namespaces")) ==
          "1:1: a namespace is chosen by its name alone");
    CHECK(refusal("sum(pod_cpu_usage_cores") ==
          "1:24: unexpected end of input in aggregation, expected \",\" or \")\"");
    CHECK(refusal("rate(pod_cpu_usage_cores{namespace=\"web\"})") ==
          "1:6: expected type range vector in call to function \"rate\", got instant vector");
    CHECK(refusal("vector(1)") == "accepted");
}
