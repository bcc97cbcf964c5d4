// Kubernetes metrics source: lanes, readings by the API's own instants, and what holds when it does
// not answer. The API server is scripted per path.
#include <doctest/doctest.h>

#include "metrics/sources.h"
#include "tests/support/fake_metrics_transport.h"
#include "tests/support/run_awaitable.h"

using namespace tided;
using namespace tided::metrics;
using namespace tided::metrics::test;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

constexpr TimePoint t0{seconds{1'700'000'000}};
constexpr const char* web = "/apis/metrics.k8s.io/v1beta1/namespaces/web/pods";
constexpr const char* db = "/apis/metrics.k8s.io/v1beta1/namespaces/db/pods";
constexpr const char* cpu = "sum(pod_cpu_usage_cores{namespace=\"web\"})";
constexpr Duration max_age = seconds{90};

TimePoint at(int s) {
    return t0 + seconds{s};
}

struct Pod {
    std::string name;
    int second;  ///< its stamp
    std::string cpu;
};

std::string item(const Pod& pod) {
    return R"({"metadata":{"name":")" + pod.name + R"("},"timestamp":")" +
           tided::to_string(at(pod.second)) + R"(","window":"15s","containers":[{"name":"app",)" +
           R"("usage":{"cpu":")" + pod.cpu + R"(","memory":"1Mi"}}]})";
}

Answer pods(const std::vector<Pod>& list) {
    std::string items;
    for (const Pod& pod : list) {
        items += (items.empty() ? "" : ",") + item(pod);
    }
    return page_of_type("application/json", R"({"kind":"PodMetricsList","items":[)" + items + "]}");
}

Answer answered(int status, const std::string& message) {
    Answer page = page_of_type("application/json",
                               R"({"kind":"Status","reason":"R","message":")" + message + "\"}");
    page->status = status;
    return page;
}

struct Rig {
    FakeMetricsTransport world;
    boost::asio::io_context io;
    std::unique_ptr<Source> source;

    explicit Rig(const std::vector<std::string>& expressions = {cpu},
                 KubernetesMetricsSpec spec = {.name = "k8s"})
        : source(make_source(std::move(spec), world)) {
        demand(expressions);
    }

    void demand(const std::vector<std::string>& expressions) {
        std::vector<Query> queries;
        for (const std::string& expression : expressions) {
            queries.push_back({.expression = expression, .max_age = max_age});
        }
        REQUIRE(source->demand(std::move(queries)));
    }
    Fetched fetch(int s, std::size_t lane = 0) {
        return testing::run(io, source->fetch(lane, at(s), Deadline{}));
    }
    Fetched fetch(int s, const char* path, Answer answer, std::size_t lane = 0) {
        world.answers(path, {std::move(answer)});
        return fetch(s, lane);
    }
    Reading read(int s, std::size_t query = 0) { return source->read(query, at(s)); }
};

Reading fresh(double value, int age) {
    return Reading::of(value, seconds{age}, max_age);
}

Reading partial(double value, int age) {
    return {value, seconds{age}, Freshness::partial, Absence::none};
}

}  // namespace

TEST_CASE("kubernetes metrics: a reading is as old as the API says, whenever it was asked") {
    Rig rig;
    CHECK(rig.read(0) == Reading::absent(Absence::never_seen));
    const Fetched fetched = rig.fetch(0, web, pods({{"a", -12, "250m"}, {"b", -20, "500m"}}));
    REQUIRE(fetched.status);
    CHECK(fetched.samples == 6);
    CHECK(fetched.warning.empty());
    CHECK(rig.read(0) == fresh(0.75, 20));
    CHECK(rig.read(10) == fresh(0.75, 30));
    CHECK(rig.read(70).is_fresh());
    CHECK(rig.read(71).freshness == Freshness::stale);
    REQUIRE(rig.world.calls.size() == 1);
    CHECK(rig.world.calls[0].request.accept == "application/json");
}

TEST_CASE("kubernetes metrics: one request for all that one answer serves, spread over time") {
    Rig rig{{cpu,
             "max(pod_memory_working_set_bytes{namespace=\"web\"})",
             "max(pod_metrics_window_seconds{namespace=\"web\"})",
             "sum(pod_cpu_usage_cores{namespace=\"web\",app=\"x\"})",
             "count(pod_cpu_usage_cores{namespace=\"db\"})"}};
    CHECK(rig.source->lanes() == 3);
    CHECK(rig.source->timeout() == seconds{10});
    for (std::size_t lane = 0; lane < 3; ++lane) {
        const TimePoint due = rig.source->next(lane, at(0));
        CHECK(due > at(0));
        CHECK(due <= at(15));
        CHECK(rig.source->next(lane, due) == due + seconds{15});
    }
    CHECK(rig.source->next(0, at(0)) != rig.source->next(2, at(0)));
    (void)rig.fetch(0, web, pods({{"a", 0, "2"}}));
    CHECK(rig.read(0, 0) == fresh(2, 0));
    CHECK(rig.read(0, 1) == fresh(1 << 20, 0));
    CHECK(rig.read(0, 2) == fresh(15, 0));
    CHECK(rig.read(0, 3) == Reading::absent(Absence::never_seen));
}

TEST_CASE("kubernetes metrics: requests that overlap do not count a pod twice") {
    Rig rig{{cpu, "sum(pod_cpu_usage_cores{namespace=\"web\",app=\"x\"})"}};
    const std::string chosen = std::string{web} + "?labelSelector=app%3Dx";
    (void)rig.fetch(0, web, pods({{"a", 0, "2"}, {"b", 0, "1"}}), 0);
    (void)rig.fetch(0, chosen.c_str(), pods({{"a", 0, "2"}}), 1);
    CHECK(rig.read(0, 0) == fresh(3, 0));
    CHECK(rig.read(0, 1) == fresh(2, 0));
}

TEST_CASE("kubernetes metrics: a label that chose a pod is a label of its series") {
    Rig rig{
        {"count(sum by (app) (pod_cpu_usage_cores{namespace=\"web\",app=\"x\"}) and on (app) "
         "label_replace(vector(1),\"app\",\"x\",\"\",\"\"))"}};
    const std::string chosen = std::string{web} + "?labelSelector=app%3Dx";
    (void)rig.fetch(0, chosen.c_str(), pods({{"a", 0, "2"}}));
    CHECK(rig.read(0).value == 1);
}

TEST_CASE("kubernetes metrics: a pod that an answer leaves out is gone, and may come back") {
    Rig rig;
    (void)rig.fetch(0, web, pods({{"a", -15, "1"}, {"b", -15, "2"}}));
    (void)rig.fetch(15, web, pods({{"a", 0, "1"}}));
    CHECK(rig.read(15) == partial(1, 15));
    // The stamp that it had, or one before the answer that lacked it: what counts is that it is
    // back.
    (void)rig.fetch(20, web, pods({{"a", 0, "1"}, {"b", -15, "2"}}));
    CHECK(rig.read(20).value == 3);
    CHECK(rig.read(20).age > seconds{34});
    (void)rig.fetch(30, web, pods({{"a", 15, "1"}, {"b", 5, "4"}}));
    CHECK(rig.read(30) == fresh(5, 25));
}

TEST_CASE("kubernetes metrics: a sum that lost more than a tenth is partial for two minutes") {
    Rig rig{{cpu, "sum(pod_cpu_usage_cores{namespace=\"web\",pod!~\"[abc]\"})"}};
    const auto answer = [](int stamp, int without) {
        std::vector<Pod> some;
        for (int i = without; i < 20; ++i) {
            some.push_back({std::string(1, static_cast<char>('a' + i)), stamp, "1"});
        }
        return pods(some);
    };
    (void)rig.fetch(0, web, answer(0, 0));
    (void)rig.fetch(15, web, answer(15, 2));
    CHECK(rig.read(15, 0) == fresh(18, 0));
    (void)rig.fetch(30, web, answer(30, 3));
    CHECK(rig.read(30, 0) == partial(17, 0));
    CHECK(rig.read(30, 1) == fresh(17, 0));
    (void)rig.fetch(45, web, answer(45, 1));
    CHECK(rig.read(45, 0) == fresh(19, 0));
    (void)rig.fetch(60, web, answer(60, 3));
    (void)rig.fetch(165, web, answer(165, 3));
    CHECK(rig.read(179, 0).freshness == Freshness::partial);
    CHECK(rig.read(180, 0) == fresh(17, 15));
}

TEST_CASE("kubernetes metrics: an empty answer is no series and never 0") {
    Rig rig;
    (void)rig.fetch(0, web, pods({{"a", -5, "1"}}));
    const Fetched fetched = rig.fetch(15, web, pods({}));
    CHECK(fetched.status);
    CHECK(fetched.warning.empty());
    CHECK(rig.read(15) == Reading::absent(Absence::no_series));
}

TEST_CASE("kubernetes metrics: whatever fails keeps the samples, which age until they are stale") {
    for (const Answer& failure : {refused(),
                                  timed_out(),
                                  truncated(),
                                  html_page(),
                                  status_page(503),
                                  answered(403, "no"),
                                  answered(500, "oops"),
                                  page_of_type("application/json", R"({"kind":"PodMetricsList"})"),
                                  pods({{"a", 14, "bad"}})}) {
        Rig rig;
        (void)rig.fetch(0, web, pods({{"a", -5, "1"}, {"b", -5, "2"}}));
        const Fetched fetched = rig.fetch(15, web, failure);
        REQUIRE_FALSE(fetched.status);
        INFO(fetched.status.error().message);
        CHECK(fetched.status.error().message.starts_with("reading " + std::string{web} + ": "));
        CHECK(rig.read(15) == fresh(3, 20));
        CHECK(rig.read(85).is_fresh());
        CHECK(rig.read(86).freshness == Freshness::stale);
        CHECK(rig.read(86).value == 3);
        CHECK(rig.read(400) == Reading::absent(Absence::source_failed));
        CHECK(rig.source->health().failing == 1);
        CHECK(rig.source->health().last_error == fetched.status.error().message);
        (void)rig.fetch(401, web, pods({{"a", 400, "1"}}));
        CHECK(rig.read(401) == partial(1, 1));
        CHECK(rig.source->health().failing == 0);
        CHECK(rig.source->health().last_error.empty());
    }
}

TEST_CASE("kubernetes metrics: only who gives no answer at all is silent") {
    Rig rig;
    (void)rig.fetch(0, web, timed_out());
    CHECK(rig.source->health().silent == 1);
    (void)rig.fetch(1, web, refused());
    CHECK(rig.source->health().silent == 0);
    (void)rig.fetch(2, web, answered(503, "service unavailable"));
    CHECK(rig.source->health().silent == 0);
    CHECK(rig.read(2) == Reading::absent(Absence::source_failed));
}

TEST_CASE("kubernetes metrics: what one request says is not the whole while another fails") {
    Rig rig{
        {"sum(pod_cpu_usage_cores{namespace=\"web\"} or pod_cpu_usage_cores{namespace=\"db\"})"}};
    (void)rig.fetch(0, web, pods({{"a", 0, "1"}}), 0);
    CHECK(rig.read(0) == Reading::absent(Absence::never_seen));
    (void)rig.fetch(0, db, timed_out(), 1);
    CHECK(rig.read(0) == Reading::absent(Absence::source_failed));
    // The pods of db are gone: an answer like any other.
    (void)rig.fetch(15, db, pods({}), 1);
    (void)rig.fetch(15, web, pods({{"a", 15, "1"}}), 0);
    CHECK(rig.read(15) == fresh(1, 0));
    for (int s = 30; s <= 1000; s += 10) {
        (void)rig.fetch(s, web, pods({{"a", s, "1"}}), 0);
        (void)rig.fetch(s, db, timed_out(), 1);
        CHECK(rig.read(s) ==
              (s - 15 <= 90 + 300 ? fresh(1, s - 15) : Reading::absent(Absence::source_failed)));
    }
}

TEST_CASE("kubernetes metrics: a server that stands still makes a reading stale, and is told") {
    Rig rig;
    for (int s = 0; s <= 600; s += 15) {
        const Fetched fetched = rig.fetch(s, web, pods({{"a", -10, "1"}}));
        CHECK(fetched.status);
        CHECK(rig.read(s).is_fresh() == (s <= 80));
        const std::string warning = "reading " + std::string{web} +
                                    ": its newest sample is of 2023-11-14T22:13:10.000Z: "
                                    "what serves it stands still, or its clock is late";
        CHECK(fetched.warning == (s > 110 ? warning : ""));
        CHECK(rig.source->health().last_error == fetched.warning);
    }
    CHECK(rig.read(600) == fresh(1, 610));
    CHECK(rig.source->health().failing == 0);
    CHECK(rig.fetch(615, web, pods({{"a", 610, "2"}})).warning.empty());
    CHECK(rig.read(615) == fresh(2, 5));
}

TEST_CASE("kubernetes metrics: what stands still is never left out of a sum, nor of a range") {
    Rig rig{{cpu,
             "sum(avg_over_time(pod_cpu_usage_cores{namespace=\"web\"}[1m]))",
             "sum(pod_cpu_usage_cores{namespace=\"web\"} or "
             "pod_cpu_usage_cores{namespace=\"db\"})"}};
    for (int s = 0; s <= 3600; s += 15) {
        (void)rig.fetch(s, web, pods({{"a", s, "1"}, {"b", 0, "2"}}), 0);
        (void)rig.fetch(s, db, pods({{"c", 0, "4"}}), 1);
        CHECK(rig.read(s, 0) == fresh(3, s));
        CHECK(rig.read(s, 2) == fresh(7, s));
        CHECK(rig.read(s, 1) == (s < 60 ? Reading::absent(Absence::window_short) : fresh(3, s)));
    }
    (void)rig.fetch(3615, web, pods({{"a", 3615, "1"}}), 0);
    CHECK(rig.read(3615, 0) == partial(1, 0));
}

TEST_CASE("kubernetes metrics: ended series leave the store, those that came back do not") {
    Rig rig;
    for (int s = 0; s <= 3600; s += 15) {
        const std::string name = "pod-" + std::to_string(s);
        (void)rig.fetch(s, web, pods({{name, s, "1"}, {"a", s, s % 30 == 0 ? "1" : "2"}}));
        CHECK(rig.read(s).value == (s % 30 == 0 ? 2 : 3));
    }
    // Gone for one answer long ago.
    (void)rig.fetch(3615, web, pods({{"b", 3615, "5"}}));
    (void)rig.fetch(3630, web, pods({{"a", 3630, "1"}}));
    (void)rig.fetch(4500, web, pods({{"a", 4500, "1"}}));
    CHECK(rig.read(4500) == fresh(1, 0));
}

TEST_CASE("kubernetes metrics: a stamp ahead of our clock is now, once") {
    Rig rig;
    (void)rig.fetch(0, web, pods({{"a", 20, "1"}}));
    CHECK(rig.read(0) == fresh(1, 0));
    (void)rig.fetch(15, web, pods({{"a", 20, "1"}}));
    CHECK(rig.read(15) == fresh(1, 15));
    CHECK(rig.source->health().odd == OddSamples{.ahead = 3});
    (void)rig.fetch(30, web, pods({{"a", 30 + 601, "9"}, {"b", -1'700'000'001, "9"}}));
    CHECK(rig.read(30) == fresh(1, 30));
    CHECK(rig.source->health().odd == OddSamples{.ahead = 3, .out_of_range = 6});
}

TEST_CASE("kubernetes metrics: a range is read once it was gathered, and through a reload") {
    const std::string average = "avg_over_time(pod_cpu_usage_cores{namespace=\"web\"}[1m])";
    Rig rig{{average}};
    for (int s = 0; s < 60; s += 15) {
        (void)rig.fetch(s, web, pods({{"a", s, "1"}}));
        CHECK(rig.read(s) == Reading::absent(Absence::window_short));
    }
    (void)rig.fetch(60, web, pods({{"a", 60, "3"}}));
    CHECK(rig.read(60).value == 1.5);
    rig.demand({cpu, average});
    CHECK(rig.read(60, 0) == fresh(3, 0));
    CHECK(rig.read(60, 1).value == 1.5);
    rig.demand({"sum(pod_cpu_usage_cores{namespace=\"db\"})"});
    CHECK(rig.source->lanes() == 1);
    CHECK(rig.read(60, 0) == Reading::absent(Absence::never_seen));
}

TEST_CASE("kubernetes metrics: an answer to a lane that a reload dropped harms nothing") {
    Rig rig;
    rig.world.answers(web, {pods({{"a", 0, "1"}})});
    rig.world.hold();
    Fetched late;
    boost::asio::co_spawn(rig.io,
                          rig.source->fetch(0, at(0), Deadline{}),
                          [&](std::exception_ptr, Fetched fetched) { late = std::move(fetched); });
    rig.io.poll();
    REQUIRE(rig.world.is_holding());
    rig.demand({});
    rig.world.release();
    rig.io.restart();
    rig.io.run();
    CHECK(late.status);
    CHECK(late.samples == 3);
    CHECK(rig.source->lanes() == 0);
}

TEST_CASE("kubernetes metrics: a wall-clock jump moves what is held and what is under way") {
    Rig rig;
    (void)rig.fetch(0, web, pods({{"a", -10, "1"}}));
    rig.source->rebase(seconds{3600});
    CHECK(rig.read(3600) == fresh(1, 10));
    (void)rig.fetch(3610, web, timed_out());
    CHECK(rig.read(3610) == fresh(1, 20));
    (void)rig.fetch(3625, web, pods({{"a", 3620, "2"}}));
    CHECK(rig.read(3625) == fresh(2, 5));
}

TEST_CASE("kubernetes metrics: the custom API in the version that answers") {
    const std::string rps = "sum(rps{namespace=\"web\"})";
    const std::string newer = "/apis/custom.metrics.k8s.io/v1beta2/namespaces/web/pods/*/rps";
    const std::string older = "/apis/custom.metrics.k8s.io/v1beta1/namespaces/web/pods/*/rps";
    const Answer values = page_of_type(
        "application/json",
        R"({"kind":"MetricValueList","items":[{"describedObject":{"name":"a"},"timestamp":")" +
            tided::to_string(t0) + R"(","value":"500m"}]})");
    Answer unknown_path = page_of_type("text/plain", "404 page not found\n");
    unknown_path->status = 404;
    Rig rig{{rps}, {.name = "k8s", .api = KubernetesApi::custom}};
    rig.world.answers(newer, {unknown_path});
    rig.world.answers(older, {values});
    CHECK(rig.fetch(0).status);
    CHECK(rig.read(0) == fresh(0.5, 0));
    CHECK(rig.fetch(1).status);
    REQUIRE(rig.world.calls.size() == 3);
    CHECK(rig.world.calls[2].request.url == older);
    // An upgrade of the adapter.
    rig.world.answers(newer, {values});
    rig.world.answers(older, {unknown_path});
    CHECK(rig.fetch(2).status);
    rig.world.answers(newer, {answered(404, "the server could not find the metric rps for pods")});
    CHECK(rig.fetch(3).status.error().message ==
          "reading " + newer +
              ": the API server answers 404 R: the server could not find the metric rps for pods");
    rig.world.answers(newer, {unknown_path});
    CHECK(rig.fetch(4).status.error().message ==
          "reading " + newer +
              ": the API server answers 404: 404 page not found; nothing serves "
              "custom.metrics.k8s.io: an adapter is not installed");
}

TEST_CASE("kubernetes metrics: an expression that it does not take") {
    Rig rig;
    const Status status = rig.source->demand({{.expression = "sum(up)"}});
    REQUIRE_FALSE(status);
    CHECK(status.error().code == ErrorCode::invalid_input);
    CHECK(status.error().message.starts_with("1:5: the resource metrics API has no 'up'"));
    CHECK(rig.source->lanes() == 1);
}
