// Kubernetes discovery: list, watch, and every way in which either can end.
#include <doctest/doctest.h>

#include "metrics/discovery/discoveries.h"
#include "tests/support/fake_metrics_transport.h"
#include "tests/support/run_awaitable.h"

using namespace tided;
using namespace tided::metrics;
using namespace tided::metrics::test;
using namespace std::chrono_literals;

namespace {

using Told = std::vector<std::string>;
constexpr TimePoint t0{1'000'000s};

std::string pod(const std::string& name, const std::string& ip, const std::string& version) {
    return R"({"metadata":{"name":")" + name + R"(","namespace":"prod","resourceVersion":")" +
           version +
           R"("},"spec":{"containers":[{"name":"main","ports":[{"containerPort":80}]}]},)" +
           R"("status":{"podIP":")" + ip + R"("}})";
}

Answer list_of(const std::string& items, const std::string& version, const std::string& more = "") {
    return page_of_type("application/json",
                        R"({"metadata":{"resourceVersion":")" + version + R"(","continue":")" +
                            more + R"("},"items":[)" + items + "]}");
}

std::string event(const std::string& type, const std::string& object) {
    return R"({"type":")" + type + R"(","object":)" + object + "}";
}

struct Bench {
    FakeMetricsTransport world;
    boost::asio::io_context io;
    std::vector<Found> news{};
    std::unique_ptr<Discovery> discovery;
    std::string list_path = "/api/v1/namespaces/prod/pods?labelSelector=app%3Dweb&limit=200";

    explicit Bench(KubernetesSdSpec spec = {.label_selector = "app=web"}) {
        discovery = make_discovery(spec,
                                   "prod",
                                   world,
                                   {.found =
                                        [this](std::vector<Found> all) {
                                            news.insert(news.end(), all.begin(), all.end());
                                        },
                                    .due = [] {}});
    }

    void lists(std::vector<Answer> answers) { world.answers(list_path, std::move(answers)); }
    void watches(FakeStream stream) { world.streams.push_back(std::move(stream)); }

    /// "PLACE: ADDRESS ..." of each place told, then the error.
    Told look() {
        news.clear();
        const Status status = testing::run(io, discovery->look(Deadline{}));
        Told told;
        for (const Found& found : news) {
            std::string text = found.place.substr(found.place.rfind('/') + 1) + ":";
            for (const Labels& labels : found.targets) {
                text += " " + std::string{value_of(labels, "__address__")};
            }
            told.push_back(text);
        }
        if (!status) {
            told.push_back("error " + status.error().message);
        }
        return told;
    }
};

const std::string asking = "error asking Kubernetes for /api/v1/namespaces/prod/pods: ";

}  // namespace

TEST_CASE("kubernetes discovery: pages of a list, then a watch from its version") {
    Bench bench;
    bench.lists({list_of(pod("a", "10.0.0.1", "5") + "," + pod("b", "", "6"), "8", "next")});
    bench.world.answers(bench.list_path + "&continue=next",
                        {list_of(pod("c", "10.0.0.3", "7"), "8")});
    CHECK(bench.look() == Told{"a: 10.0.0.1:80", "b:", "c: 10.0.0.3:80"});
    CHECK(bench.discovery->is_complete());
    CHECK(bench.discovery->next(t0) == t0 + 10ms);
    bench.watches({.lines = {event("MODIFIED", pod("b", "10.0.0.2", "9")),
                             event("DELETED", pod("a", "10.0.0.1", "10")),
                             event("BOOKMARK", R"({"metadata":{"resourceVersion":"12"}})"),
                             event("ADDED", pod("d", "10.0.0.4", "13"))}});
    CHECK(bench.look() == Told{"b: 10.0.0.2:80", "a:", "d: 10.0.0.4:80"});
    CHECK(bench.world.streamed.back() ==
          "/api/v1/namespaces/prod/pods?labelSelector=app%3Dweb&watch=1&allowWatchBookmarks=true&"
          "resourceVersion=8&timeoutSeconds=240");
    bench.watches({});
    CHECK(bench.look().empty());
    CHECK(bench.world.streamed.back().find("resourceVersion=13&") != std::string::npos);
}

TEST_CASE("kubernetes discovery: a version that is gone means a new list, which drops what went") {
    Bench bench;
    bench.lists({list_of(pod("a", "10.0.0.1", "5") + "," + pod("b", "10.0.0.2", "6"), "8"),
                 list_of(pod("b", "10.0.0.2", "6"), "30")});
    CHECK(bench.look().size() == 2);
    SUBCASE("as an event") {
        bench.watches({.lines = {event("ERROR", R"({"code":410,"message":"too old"})")}});
    }
    SUBCASE("as the answer") {
        bench.watches({.status = 410});
    }
    CHECK(bench.look().empty());
    CHECK(bench.discovery->next(t0) == t0 + 1s);
    CHECK(bench.look() == Told{"b: 10.0.0.2:80", "a:"});
}

TEST_CASE("kubernetes discovery: a failing list tells nothing and is tried again, ever later") {
    Bench bench;
    struct Row {
        Answer answer;
        std::string error;
    };
    Duration before{0};
    for (const Row& row :
         {Row{refused(), "connecting: connection refused"},
          Row{timed_out(), "reading the answer: timed out"},
          Row{status_page(403), "the API server answers 403"},
          Row{status_page(503), "the API server answers 503"},
          Row{html_page(), "the answer is no list of objects"},
          Row{page_of_type("application/json", "{}"), "the answer is no list of objects"}}) {
        bench.lists({row.answer});
        CHECK(bench.look() == Told{asking + row.error});
        const Duration pause = bench.discovery->next(t0) - t0;
        CHECK(pause >= before / 2);
        CHECK(pause <= 60s);
        before = pause;
    }
    CHECK_FALSE(bench.discovery->is_complete());
    bench.lists({list_of(pod("a", "10.0.0.1", "5"), "8", "next")});
    bench.world.answers(bench.list_path + "&continue=next", {status_page(410)});
    CHECK(bench.look() == Told{asking + "the API server answers 410"});
    bench.lists({list_of(pod("a", "10.0.0.1", "5"), "8")});
    CHECK(bench.look() == Told{"a: 10.0.0.1:80"});
    CHECK(bench.discovery->next(t0) == t0 + 10ms);
}

TEST_CASE("kubernetes discovery: a watch that breaks goes on from where it was") {
    Bench bench;
    bench.lists({list_of(pod("a", "10.0.0.1", "5"), "8")});
    CHECK(bench.look().size() == 1);
    bench.watches(
        {.lines = {event("ADDED", pod("b", "10.0.0.2", "9"))}, .error = refused().error()});
    CHECK(bench.look() == Told{"b: 10.0.0.2:80", asking + "connecting: connection refused"});
    CHECK(bench.discovery->next(t0) > t0 + 100ms);
    bench.watches({.status = 503});
    CHECK(bench.look() == Told{asking + "the API server answers 503"});
    bench.watches({.error = timed_out().error()});
    CHECK(bench.look().empty());
    CHECK(bench.world.streamed.back().find("resourceVersion=9&") != std::string::npos);
}

TEST_CASE("kubernetes discovery: a watch that is never granted is a failure") {
    Bench bench;
    bench.lists({list_of(pod("a", "10.0.0.1", "5"), "8")});
    CHECK(bench.look().size() == 1);
    bench.watches({.status = 0, .error = timed_out().error()});
    CHECK(bench.look() == Told{asking + "reading the answer: timed out"});
    bench.watches({.status = 401});
    CHECK(bench.look() == Told{asking + "the API server answers 401"});
    bench.watches({.error = Error{.code = ErrorCode::invalid_input, .message = "too long"}});
    CHECK(bench.look() == Told{asking + "too long"});
    CHECK(bench.look() == Told{"a: 10.0.0.1:80"});
}

TEST_CASE("kubernetes discovery: what cannot be read of a watch means a new list") {
    for (const char* line : {"{", "[]", R"({"type":"ADDED"})", R"({"type":"ADDED","object":{}})"}) {
        Bench bench;
        bench.lists({list_of(pod("a", "10.0.0.1", "5"), "8")});
        CHECK(bench.look().size() == 1);
        bench.watches({.lines = {line, event("ADDED", pod("b", "10.0.0.2", "9"))}});
        CHECK(bench.look() == Told{asking + "a watch event cannot be read"});
        CHECK(bench.look() == Told{"a: 10.0.0.1:80"});
    }
}

TEST_CASE("kubernetes discovery: a pod's labels are those of Prometheus") {
    Bench bench;
    bench.lists({list_of(R"({"metadata":{"name":"web-1","namespace":"prod","uid":"u1",
        "labels":{"app.kubernetes.io/name":"web"},"annotations":{"a/b":"c"},
        "ownerReferences":[{"kind":"ReplicaSet","name":"web","controller":true}]},
        "spec":{"nodeName":"n1","containers":[{"name":"main","image":"img",
            "ports":[{"containerPort":80,"name":"http","protocol":"TCP"}]},{"name":"side"}]},
        "status":{"podIP":"fd00::1","hostIP":"10.1.0.1","phase":"Running",
            "conditions":[{"type":"Ready","status":"True"}],
            "containerStatuses":[{"name":"main","containerID":"c://1"}]}})",
                         "8")});
    (void)bench.look();
    REQUIRE(bench.news.size() == 1);
    REQUIRE(bench.news[0].targets.size() == 2);
    std::string text;
    for (const Label& label : bench.news[0].targets[0]) {
        const bool is_meta = label.name.starts_with("__meta_kubernetes_");
        text += (is_meta ? label.name.substr(18) : label.name) + "=" + label.value + "\n";
    }
    CHECK(text ==
          "__address__=[fd00::1]:80\nnamespace=prod\npod_annotation_a_b=c\n"
          "pod_annotationpresent_a_b=true\npod_container_id=c://1\npod_container_image=img\n"
          "pod_container_init=false\npod_container_name=main\npod_container_port_name=http\n"
          "pod_container_port_number=80\npod_container_port_protocol=TCP\n"
          "pod_controller_kind=ReplicaSet\npod_controller_name=web\npod_host_ip=10.1.0.1\n"
          "pod_ip=fd00::1\npod_label_app_kubernetes_io_name=web\n"
          "pod_labelpresent_app_kubernetes_io_name=true\npod_name=web-1\npod_node_name=n1\n"
          "pod_phase=Running\npod_ready=true\npod_uid=u1\n");
    CHECK(value_of(bench.news[0].targets[1], "__address__") == "[fd00::1]");
}

TEST_CASE("kubernetes discovery: endpoints and slices, ready or not") {
    Bench endpoints{{.role = KubernetesSdSpec::Role::endpoints}};
    endpoints.world.answers("/api/v1/namespaces/prod/endpoints?limit=200",
                            {list_of(R"({"metadata":{"name":"web","namespace":"prod"},"subsets":[{
            "addresses":[{"ip":"10.0.0.1","targetRef":{"kind":"Pod","name":"web-1"}}],
            "notReadyAddresses":[{"ip":"10.0.0.2"}],"ports":[{"port":80,"name":"http"}]}]})",
                                     "8")});
    CHECK(endpoints.look() == Told{"web: 10.0.0.1:80 10.0.0.2:80"});
    CHECK(value_of(endpoints.news[0].targets[0],
                   "__meta_kubernetes_endpoint_address_target_name") == "web-1");
    CHECK(value_of(endpoints.news[0].targets[0], "__meta_kubernetes_pod_name") == "web-1");
    CHECK(value_of(endpoints.news[0].targets[0], "__meta_kubernetes_service_name") == "web");
    CHECK(value_of(endpoints.news[0].targets[1], "__meta_kubernetes_endpoint_ready") == "false");
    Bench slices{{.role = KubernetesSdSpec::Role::endpointslice}};
    slices.world.answers("/apis/discovery.k8s.io/v1/namespaces/prod/endpointslices?limit=200",
                         {list_of(R"({"metadata":{"name":"web-x","namespace":"prod",
                "labels":{"kubernetes.io/service-name":"web"}},"addressType":"IPv4",
            "endpoints":[{"addresses":["10.0.0.1"],"conditions":{"ready":true}},
                         {"addresses":["10.0.0.2"],"conditions":{"ready":false}}],
            "ports":[{"port":80,"name":"http"}]})",
                                  "8")});
    CHECK(slices.look() == Told{"web-x: 10.0.0.1:80 10.0.0.2:80"});
    CHECK(value_of(slices.news[0].targets[1],
                   "__meta_kubernetes_endpointslice_endpoint_conditions_ready") == "false");
    CHECK(value_of(slices.news[0].targets[1], "__meta_kubernetes_service_name") == "web");
}
