// Discoveries that ask: an HTTP server, a name server, a pool. Only an answer changes anything.
#include <doctest/doctest.h>

#include "metrics/discovery/discoveries.h"
#include "tests/support/fake_host.h"
#include "tests/support/fake_metrics_transport.h"
#include "tests/support/run_awaitable.h"

using namespace tided;
using namespace tided::metrics;
using namespace tided::metrics::test;
using namespace std::chrono_literals;

namespace {

using Told = std::vector<std::string>;
constexpr const char* url = "http://sd:1/list";
constexpr TimePoint t0{1'000'000s};

struct Bench {
    FakeMetricsTransport world;
    FakeHost host;
    boost::asio::io_context io;
    std::vector<Found> news{};
    std::unique_ptr<Discovery> discovery{};

    DiscoveryEars ears() {
        return {
            .found =
                [this](std::vector<Found> all) { news.insert(news.end(), all.begin(), all.end()); },
            .due = [] {}};
    }

    /// What is told: "PLACE LABELS ..." each, then the error.
    Told look() {
        news.clear();
        const Status status = testing::run(io, discovery->look(Deadline{}));
        Told told;
        for (const Found& found : news) {
            std::string text = found.place;
            for (const Labels& labels : found.targets) {
                text += " " + to_string(labels);
            }
            told.push_back(text);
        }
        if (!status) {
            told.push_back("error " + status.error().message);
        }
        return told;
    }
};

Answer json_page(std::string body) {
    return page_of_type("application/json; charset=utf-8", std::move(body));
}

}  // namespace

TEST_CASE("http discovery: the whole list each time") {
    Bench bench;
    bench.discovery = make_discovery(HttpSdSpec{.url = url}, bench.world, bench.ears());
    bench.world.answers(
        url,
        {json_page(R"([{"targets":["a:1"],"labels":{"z":"1"}},{"targets":["b:1"]}])"),
         json_page(R"([{"targets":["c:1"]}])"),
         json_page("[]")});
    CHECK(bench.look() ==
          Told{"http:0 {__address__=\"a:1\",__meta_url=\"http://sd:1/list\",z=\"1\"}",
               "http:1 {__address__=\"b:1\",__meta_url=\"http://sd:1/list\"}"});
    CHECK(bench.look() ==
          Told{"http:0 {__address__=\"c:1\",__meta_url=\"http://sd:1/list\"}", "http:1"});
    CHECK(bench.look() == Told{"http:0"});
    CHECK(bench.world.calls[0].request.accept == "application/json");
    CHECK(bench.world.calls[0].request.headers ==
          std::vector<std::pair<std::string, std::string>>{
              {"X-Prometheus-Refresh-Interval-Seconds", "60"}});
    CHECK(bench.discovery->next(t0) > t0);
    CHECK(bench.discovery->next(t0) <= t0 + 1min);
}

TEST_CASE("http discovery: anything but 200 and JSON tells nothing") {
    Bench bench;
    bench.discovery = make_discovery(HttpSdSpec{.url = url}, bench.world, bench.ears());
    Page open = json_page("[]").value();
    open.is_open_ended = true;
    const std::string asking = "error asking http://sd:1/list: ";
    struct Row {
        Answer answer;
        std::string error;
    };
    for (const Row& row :
         {Row{status_page(503), "the server answers 503"},
          Row{status_page(204), "the server answers 204"},
          Row{html_page(), "the answer is \"text/html\", not application/json"},
          Row{text_page("[]"),
              "the answer is \"text/plain; version=0.0.4; charset=utf-8\", not application/json"},
          Row{refused(), "connecting: connection refused"},
          Row{timed_out(), "reading the answer: timed out"},
          Row{truncated(), "reading the answer: the body ended early"},
          Row{Answer{open}, "the answer may be cut: nothing tells where it ends"},
          Row{json_page("[{"), "reading the list: 1: not JSON: incomplete JSON"},
          Row{json_page("{}"),
              "reading the list: 1: a list of {\"targets\": [...], \"labels\": {...}} is "
              "missing"}}) {
        bench.world.answers(url, {row.answer});
        CHECK(bench.look() == Told{asking + row.error});
    }
    CHECK_FALSE(bench.discovery->is_complete());
    CHECK(bench.discovery->next(t0) <= t0 + 5s);
}

TEST_CASE("dns discovery: SRV records with their ports, in a fixed order") {
    Bench bench;
    bench.discovery = make_discovery({}, "_m._tcp.web.test", bench.host, bench.ears());
    bench.host.records.insert_or_assign(
        "_m._tcp.web.test",
        std::vector<DnsRecord>{{.host = "b.test", .port = 2}, {.host = "a.test", .port = 1}});
    CHECK(bench.look() ==
          Told{"dns:_m._tcp.web.test "
               "{__address__=\"a.test:1\",__meta_dns_name=\"_m._tcp.web.test\","
               "__meta_dns_srv_record_port=\"1\",__meta_dns_srv_record_target=\"a.test.\"} "
               "{__address__=\"b.test:2\",__meta_dns_name=\"_m._tcp.web.test\","
               "__meta_dns_srv_record_port=\"2\",__meta_dns_srv_record_target=\"b.test.\"}"});
}

TEST_CASE("dns discovery: addresses get the port of the file") {
    Bench bench;
    const DnsSdSpec spec{.type = DnsSdSpec::Type::aaaa, .port = 9100};
    bench.discovery = make_discovery(spec, "web.test", bench.host, bench.ears());
    bench.host.records.insert_or_assign("web.test", std::vector<DnsRecord>{{.host = "::1"}});
    CHECK(bench.look() ==
          Told{"dns:web.test {__address__=\"[::1]:9100\",__meta_dns_name=\"web.test\"}"});
}

TEST_CASE("dns discovery: no records is an answer, a failure is none") {
    Bench bench;
    bench.discovery = make_discovery({}, "web.test", bench.host, bench.ears());
    bench.host.records.insert_or_assign(
        "web.test", fail(ErrorCode::unavailable, "resolving web.test: the name server failed"));
    CHECK(bench.look() == Told{"error resolving web.test: the name server failed"});
    CHECK_FALSE(bench.discovery->is_complete());
    CHECK(bench.discovery->next(t0) <= t0 + 2s);
    bench.host.records.insert_or_assign("web.test", std::vector<DnsRecord>{});
    CHECK(bench.look() == Told{"dns:web.test"});
    CHECK(bench.discovery->is_complete());
}

TEST_CASE("pool discovery: what the pool has, and nothing while that is not known") {
    Bench bench;
    Result<std::vector<Labels>> members =
        fail(ErrorCode::unavailable, "pool web has not been observed yet");
    bench.discovery = make_discovery(
        PoolSdSpec{}, "web", [&](const std::string&) { return members; }, bench.ears());
    CHECK(bench.look() == Told{"error pool web has not been observed yet"});
    CHECK_FALSE(bench.discovery->is_complete());
    members = std::vector<Labels>{{{"__address__", "127.0.0.1:8081"}, {"__meta_pool", "web"}}};
    CHECK(bench.look() == Told{"pool:web {__address__=\"127.0.0.1:8081\",__meta_pool=\"web\"}"});
}
