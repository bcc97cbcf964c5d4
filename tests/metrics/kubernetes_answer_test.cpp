// Kubernetes answer: the four lists, quantities and windows, and every answer that is not taken.
#include "metrics/kubernetes_answer.h"

#include <array>

#include <doctest/doctest.h>

using namespace tided;
using namespace tided::metrics;
using Kind = KubernetesRequest::Kind;
using std::chrono::milliseconds;

namespace {

const KubernetesRequest pods{
    .kind = Kind::pods, .space = "web", .path = "/namespaces/web/pods", .resource = "pods"};
const KubernetesRequest nodes{.kind = Kind::nodes, .path = "/nodes", .resource = "nodes"};
const KubernetesRequest custom{.kind = Kind::custom,
                               .space = "web",
                               .path = "/namespaces/web/pods/*/rps",
                               .resource = "pods/rps",
                               .metric = "rps",
                               .object_label = "pod"};
const KubernetesRequest external{.kind = Kind::external,
                                 .space = "web",
                                 .path = "/namespaces/web/depth",
                                 .resource = "depth",
                                 .metric = "depth"};

constexpr const char* stamp = R"("timestamp":"2026-11-22T08:00:00Z")";
constexpr const char* shown_stamp = "2026-11-22T08:00:00.000Z";

Page page(std::string body, int status = 200) {
    return {.status = status, .content_type = "application/json", .body = std::move(body)};
}

std::string list(const std::string& kind, const std::string& items) {
    return R"({"kind":")" + kind + R"(","apiVersion":"x/v1","metadata":{},"items":[)" + items +
           "]}";
}

std::string pod(const std::string& name, const std::string& containers) {
    return R"({"metadata":{"name":")" + name + R"(","namespace":"web"},)" + stamp +
           R"(,"window":"15s","containers":[)" + containers + "]}";
}

std::string container(const std::string& name, const std::string& cpu, const std::string& memory) {
    return R"({"name":")" + name + R"(","usage":{"cpu":")" + cpu + R"(","memory":")" + memory +
           "\"}}";
}

// `name{labels} value @ instant`, one a line.
std::string taken(const KubernetesRequest& request, const std::string& body) {
    const auto samples = parse_kubernetes_answer(request, page(body));
    if (!samples) {
        return "refused: " + samples.error().message;
    }
    std::string text;
    for (const KubernetesSample& sample : *samples) {
        text += to_string(sample.labels) + " " + std::to_string(sample.value) + " @ " +
                tided::to_string(sample.at) + "\n";
    }
    return text;
}

std::string refused(const KubernetesRequest& request, int status, const std::string& body) {
    const auto samples = parse_kubernetes_answer(request, page(body, status));
    REQUIRE_FALSE(samples);
    return std::string{to_string(samples.error().code)} + ": " + samples.error().message;
}

std::string status(int code, const std::string& reason, const std::string& message) {
    return R"({"kind":"Status","apiVersion":"v1","status":"Failure","reason":")" + reason +
           R"(","message":")" + message + R"(","code":)" + std::to_string(code) + "}";
}

}  // namespace

TEST_CASE("kubernetes answer: pods, a series a container and one a pod for the window") {
    CHECK(
        taken(
            pods,
            list("PodMetricsList",
                 pod("a", container("app", "250m", "64Mi") + "," + container("p", "5n", "1Ki")))) ==
        R"(pod_metrics_window_seconds{namespace="web",pod="a"} 15.000000 @ 2026-11-22T08:00:00.000Z
pod_cpu_usage_cores{container="app",namespace="web",pod="a"} 0.250000 @ 2026-11-22T08:00:00.000Z
pod_memory_working_set_bytes{container="app",namespace="web",pod="a"} 67108864.000000 @ 2026-11-22T08:00:00.000Z
pod_cpu_usage_cores{container="p",namespace="web",pod="a"} 0.000000 @ 2026-11-22T08:00:00.000Z
pod_memory_working_set_bytes{container="p",namespace="web",pod="a"} 1024.000000 @ 2026-11-22T08:00:00.000Z
)");
}

TEST_CASE("kubernetes answer: nano-cores are read exactly") {
    const auto samples = parse_kubernetes_answer(
        pods, page(list("PodMetricsList", pod("a", container("app", "12345678n", "0")))));
    REQUIRE(samples);
    CHECK(samples->at(1).value == 0.012345678);
    CHECK(samples->at(2).value == 0.0);
}

TEST_CASE("kubernetes answer: labels of the object, those of the request, and our own above") {
    KubernetesRequest chosen = pods;
    chosen.implied = {{"app", "shop"}};
    const std::string item =
        R"({"metadata":{"name":"a","namespace":"web","labels":{"tier":"front","pod":"x","n":1}},)" +
        std::string{stamp} + R"(,"containers":[{"name":"c","usage":{"cpu":"1"}}]})";
    CHECK(taken(chosen, list("PodMetricsList", item)) ==
          R"(pod_cpu_usage_cores{app="shop",container="c",namespace="web",pod="a",tier="front"} )"
          R"(1.000000 @ 2026-11-22T08:00:00.000Z
)");
}

TEST_CASE("kubernetes answer: nodes") {
    CHECK(
        taken(nodes,
              list("NodeMetricsList",
                   R"({"metadata":{"name":"n1"},)" + std::string{stamp} +
                       R"(,"window":"1m0.5s","usage":{"cpu":"1500m","memory":"2Gi","x":"?"}})")) ==
        R"(node_metrics_window_seconds{node="n1"} 60.500000 @ 2026-11-22T08:00:00.000Z
node_cpu_usage_cores{node="n1"} 1.500000 @ 2026-11-22T08:00:00.000Z
node_memory_working_set_bytes{node="n1"} 2147483648.000000 @ 2026-11-22T08:00:00.000Z
)");
}

TEST_CASE("kubernetes answer: custom metrics in both versions, and external ones") {
    const std::string described =
        R"({"describedObject":{"kind":"Pod","namespace":"web","name":"a"},)";
    const std::string expected =
        "rps{namespace=\"web\",pod=\"a\"} 0.500000 @ " + std::string{shown_stamp} + "\n";
    CHECK(taken(custom,
                list("MetricValueList",
                     described + R"("metricName":"rps",)" + stamp +
                         R"(,"window":60,"value":"500m"})")) == expected);
    CHECK(taken(custom,
                list("MetricValueList",
                     described + R"("metric":{"name":"rps"},)" + stamp +
                         R"(,"windowSeconds":60,"value":"500m"})")) == expected);
    CHECK(taken(external,
                list("ExternalMetricValueList",
                     R"({"metricName":"depth","metricLabels":{"q":"a"},)" + std::string{stamp} +
                         R"(,"value":"-3"},{"metricName":"depth","metricLabels":{"q":"b"},)" +
                         stamp + R"(,"value":1.5})")) ==
          "depth{namespace=\"web\",q=\"a\"} -3.000000 @ " + std::string{shown_stamp} + "\n" +
              "depth{namespace=\"web\",q=\"b\"} 1.500000 @ " + shown_stamp + "\n");
}

TEST_CASE("kubernetes answer: an empty list is an answer, however Go writes it") {
    CHECK(taken(pods, list("PodMetricsList", "")) == "");
    CHECK(taken(pods, R"({"kind":"PodMetricsList","metadata":{},"items":null})") == "");
    CHECK(taken(pods, list("PodMetricsList", pod("a", ""))) ==
          "pod_metrics_window_seconds{namespace=\"web\",pod=\"a\"} 15.000000 @ " +
              std::string{shown_stamp} + "\n");
}

TEST_CASE("kubernetes answer: one part that cannot be read and nothing is taken") {
    const std::string good = pod("good", container("app", "1", "1"));
    struct Row {
        std::string item;
        const char* message;
    };
    const std::array<Row, 11> rows{{
        {pod("a", container("app", "12x", "1")),
         "pod a: container app: cpu: \"12x\" is no quantity that can be read"},
        {pod("a", container("app", "-1", "1")), "pod a: container app: cpu: a usage below zero"},
        {pod("a", R"({"name":"app","usage":{"cpu":{}}})"),
         "pod a: container app: expected cpu to be a quantity"},
        {pod("a", R"({"name":"app"})"), "pod a: container app: expected its usage"},
        {pod("a", "{}"), "pod a: expected containers with a name"},
        {R"({"metadata":{"name":"a"},"containers":[]})", "pod a: it has no timestamp"},
        {R"({"metadata":{"name":"a"},"timestamp":null,"containers":[]})",
         "pod a: it has no timestamp"},
        {R"({"metadata":{"name":"a"},"timestamp":"now","containers":[]})",
         "pod a: its timestamp is none: \"now\""},
        {R"({"metadata":{"name":"a"},)" + std::string{stamp} + R"(,"window":"soon"})",
         "pod a: its window is no duration: \"soon\""},
        {R"({"metadata":{"name":"a"},)" + std::string{stamp} + "}",
         "pod a: expected a list of containers"},
        {R"({"metadata":{}})", "expected an item with metadata.name"},
    }};
    for (const Row& row : rows) {
        CHECK(taken(pods, list("PodMetricsList", good + "," + row.item)) ==
              "refused: reading the answer: " + std::string{row.message});
    }
    CHECK(taken(custom, list("MetricValueList", R"({"value":"1"})")) ==
          "refused: reading the answer: expected an item with describedObject.name");
    CHECK(taken(external, list("ExternalMetricValueList", "{" + std::string{stamp} + "}")) ==
          "refused: reading the answer: expected value to be a quantity");
    CHECK(taken(external, list("ExternalMetricValueList", "3")) ==
          "refused: reading the answer: expected items to be objects");
}

TEST_CASE("kubernetes answer: what is named twice is refused") {
    const std::string one = pod("a", container("app", "1", "1"));
    CHECK(taken(pods, list("PodMetricsList", one + "," + one)) ==
          "refused: reading the answer: two values that cannot be told apart: "
          "pod_metrics_window_seconds{namespace=\"web\",pod=\"a\"}");
    const std::string value = "{" + std::string{stamp} + R"(,"value":"1"})";
    CHECK(taken(external, list("ExternalMetricValueList", value + "," + value)) ==
          "refused: reading the answer: two values that cannot be told apart: "
          "depth{namespace=\"web\"}");
}

TEST_CASE("kubernetes answer: a 200 that is not the list") {
    const auto refused_200 = [](const std::string& body) { return refused(pods, 200, body); };
    CHECK(refused_200("") == "corrupt: the answer is no PodMetricsList: \"\"");
    CHECK(refused_200("<html>\n") == "corrupt: the answer is no PodMetricsList: \"<html> \"");
    CHECK(refused_200(R"({"kind":"PodMetricsList","items":[)") ==
          "corrupt: the answer is no PodMetricsList: \"{\"kind\":\"PodMetricsList\",\"items\":[\"");
    CHECK(refused_200(list("NodeMetricsList", "")) ==
          "corrupt: the answer is no PodMetricsList: its kind is \"NodeMetricsList\"");
    CHECK(refused_200(R"({"kind":"PodMetricsList"})") ==
          "corrupt: the answer is no PodMetricsList: expected a list of items");
    CHECK(refused_200(R"({"kind":"PodMetricsList","metadata":{"continue":"x"},"items":[]})") ==
          "corrupt: the answer is no PodMetricsList: it is a part of one, and was not asked for in "
          "parts");
}

TEST_CASE("kubernetes answer: a refusal says what is missing") {
    CHECK(
        refused(pods,
                403,
                status(403, "Forbidden", "pods.metrics.k8s.io is forbidden: User t cannot list")) ==
        "forbidden: the API server answers 403 Forbidden: pods.metrics.k8s.io is forbidden: User "
        "t cannot list; the account needs in a Role of the namespace web the rule {apiGroups: "
        "[\"metrics.k8s.io\"], resources: [\"pods\"], verbs: [\"list\"]}");
    CHECK(refused(nodes, 403, status(403, "Forbidden", "no")) ==
          "forbidden: the API server answers 403 Forbidden: no; the account needs in a ClusterRole "
          "the rule {apiGroups: [\"metrics.k8s.io\"], resources: [\"nodes\"], verbs: [\"list\"]}");
    CHECK(refused(pods, 404, "404 page not found\n") ==
          "not_found: the API server answers 404: 404 page not found; nothing serves "
          "metrics.k8s.io: metrics-server is not installed");
    CHECK(refused(external,
                  404,
                  status(404, "NotFound", "the server could not find the requested resource")) ==
          "not_found: the API server answers 404 NotFound: the server could not find the requested "
          "resource; nothing serves external.metrics.k8s.io: an adapter is not installed");
    CHECK(
        refused(custom,
                404,
                status(404, "NotFound", "the server could not find the metric rps for pods")) ==
        "not_found: the API server answers 404 NotFound: the server could not find the metric rps "
        "for pods");
    CHECK(refused(pods, 503, "service unavailable\n") ==
          "unavailable: the API server answers 503: service unavailable; the server behind "
          "metrics.k8s.io does not answer: `kubectl get apiservices | grep metrics.k8s.io` says "
          "why");
    CHECK(refused(pods, 401, status(401, "Unauthorized", "Unauthorized")) ==
          "unauthenticated: the API server answers 401 Unauthorized: Unauthorized");
    CHECK(refused(pods, 429, "") == "throttled: the API server answers 429");
    CHECK(refused(pods, 504, "") == "timed_out: the API server answers 504");
    CHECK(refused(pods, 302, "") == "corrupt: the API server answers 302");
}
