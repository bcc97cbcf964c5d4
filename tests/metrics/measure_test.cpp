// Every element of an answer with the age of its samples: of pages, of a server, of Kubernetes.
#include <limits>

#include <boost/asio/io_context.hpp>
#include <doctest/doctest.h>

#include "metrics/promql_api.h"
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

TimePoint at(int s) {
    return t0 + seconds{s};
}

Query elements_of(std::string expression) {
    return {.expression = std::move(expression), .extent = Extent::elements};
}

Labels app(std::string pod) {
    return {{"container", "app"}, {"pod", std::move(pod)}};
}

/// Two scraped targets.
struct Pages {
    FakeMetricsTransport world;
    boost::asio::io_context io;
    std::unique_ptr<Source> source = make_source(
        ScrapeSpec{.name = "apps", .interval = seconds{1}, .targets = {"a:1", "b:1"}}, world);

    explicit Pages(std::string expression) {
        REQUIRE(source->demand({elements_of(std::move(expression))}));
    }

    void fetch(int s, Answer first, Answer second) {
        world.answers("http://a:1/metrics", {std::move(first)});
        world.answers("http://b:1/metrics", {std::move(second)});
        for (std::size_t lane = 0; lane < 2; ++lane) {
            (void)testing::run(io, source->fetch(lane, at(s), Deadline{}));
        }
    }
};

}  // namespace

TEST_CASE("measure: scraped elements are as old as their own samples") {
    Pages pages{"sum by (pod, container) (cpu)"};
    CHECK(pages.source->measure(0, at(0)).absence == Absence::never_seen);
    const Answer first = text_page("cpu{pod=\"x\",container=\"app\"} 0.5\n");
    pages.fetch(1, first, text_page("cpu{pod=\"y\",container=\"app\"} NaN\n"));
    pages.fetch(2, first, status_page(500));
    const Measurements found = pages.source->measure(0, at(3));
    CHECK(found.absence == Absence::none);
    REQUIRE(found.all.size() == 2);
    CHECK(found.all[0] == Measured{.labels = app("x"), .value = 0.5, .at = at(2)});
    CHECK(found.all[1].labels == app("y"));
    CHECK(found.all[1].at == at(1));  // its target fails; the other is none the worse for it
}

TEST_CASE("measure: a target that never answered hides nobody, a short window everybody") {
    Pages pages{"rate(cpu[2s])"};
    const auto page = [](const char* value) {
        return text_page("cpu{pod=\"x\"} " + std::string{value} + "\n");
    };
    pages.fetch(1, page("1"), status_page(500));
    CHECK(pages.source->measure(0, at(1)).absence == Absence::window_short);
    pages.fetch(2, page("2"), status_page(500));
    pages.fetch(3, page("3"), status_page(500));
    const Measurements found = pages.source->measure(0, at(3));
    REQUIRE(found.all.size() == 1);
    CHECK(found.all[0].value == 1.0);
    CHECK(pages.source->measure(0, at(10)).absence == Absence::no_series);
}

TEST_CASE("measure: a scalar is one element of now, without labels") {
    Pages pages{"scalar(vector(2))"};
    pages.fetch(1, text_page("x 1\n"), text_page("x 1\n"));
    CHECK(pages.source->measure(0, at(5)).all == std::vector{Measured{.value = 2.0, .at = at(5)}});
}

TEST_CASE("measure: a server's elements are of one instant, and share no query with numbers") {
    FakeMetricsTransport world;
    boost::asio::io_context io;
    const auto source = make_source(PrometheusSpec{.name = "prom", .interval = seconds{5}}, world);
    REQUIRE(source->demand({elements_of("cpu")}));
    CHECK(source->measure(0, t0).absence == Absence::never_seen);
    const auto url = [](const char* query, std::optional<TimePoint> when) {
        return instant_query(query, when, std::chrono::milliseconds{2400}).url;
    };
    const auto answer = [](const std::string& elements) {
        return page_of_type(
            "application/json",
            R"({"status":"success","data":{"resultType":"vector","result":[)" + elements + "]}}");
    };
    const auto ask = [&](Answer values) {
        world.answers(url("cpu", std::nullopt), {std::move(values)});
        world.answers(url("label_replace(max(timestamp(cpu)),\"selector\",\"0\",\"\",\"\")", t0),
                      {answer(R"({"metric":{"selector":"0"},"value":[1700000000,"1699999993"]})")});
        return testing::run(io, source->fetch(0, t0, Deadline{}));
    };
    REQUIRE(ask(answer(R"({"metric":{"container":"app","pod":"x"},"value":[1700000000,"0.5"]},)"
                       R"({"metric":{"container":"app","pod":"y"},"value":[1700000000,"0.25"]})"))
                .status);
    const std::vector<Measured> both{{.labels = app("x"), .value = 0.5, .at = at(-7)},
                                     {.labels = app("y"), .value = 0.25, .at = at(-7)}};
    CHECK(source->measure(0, t0).all == both);
    CHECK_FALSE(ask(status_page(503)).status);
    CHECK(source->measure(0, t0).all == both);  // their age says what they are worth
    source->rebase(minutes{1});
    CHECK(source->measure(0, t0).all[0].at == at(53));
    REQUIRE(ask(answer("")).status);
    CHECK(source->measure(0, t0).absence == Absence::no_series);
    REQUIRE(source->demand({elements_of("cpu"),
                            {.expression = "cpu"},
                            elements_of("mem{t=\"a\"}"),
                            elements_of("mem{t=\"b\"}")}));
    CHECK(source->lanes() == 4);
}

TEST_CASE("measure: Kubernetes' samples have the instants that its API gives them") {
    FakeMetricsTransport world;
    boost::asio::io_context io;
    const auto source = make_source(KubernetesMetricsSpec{.name = "k8s"}, world);
    REQUIRE(source->demand({elements_of("pod_memory_working_set_bytes{namespace=\"web\"}")}));
    CHECK(source->measure(0, t0).absence == Absence::never_seen);
    const char* path = "/apis/metrics.k8s.io/v1beta1/namespaces/web/pods";
    world.answers(path,
                  {page_of_type("application/json",
                                R"({"kind":"PodMetricsList","items":[{"metadata":{"name":"x"},)"
                                R"("timestamp":")" +
                                    tided::to_string(at(-12)) +
                                    R"(","window":"15s","containers":[{"name":"app","usage":)"
                                    R"({"cpu":"1m","memory":"1Mi"}}]}]})")});
    REQUIRE(testing::run(io, source->fetch(0, t0, Deadline{})).status);
    const Measurements found = source->measure(0, t0);
    REQUIRE(found.all.size() == 1);
    CHECK(value_of(found.all[0].labels, "pod") == "x");
    CHECK(value_of(found.all[0].labels, "container") == "app");
    CHECK(value_of(found.all[0].labels, "namespace") == "web");
    CHECK(found.all[0].value == 1024.0 * 1024.0);
    CHECK(found.all[0].at == at(-12));
}
