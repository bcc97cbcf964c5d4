// Prometheus source at scale: questions in common queries, what becomes of them when the server
// refuses, warns or answers oddly, several servers, tenants, POST. The server evaluates for itself.
#include <algorithm>
#include <cmath>

#include <boost/asio/io_context.hpp>
#include <doctest/doctest.h>

#include "metrics/sources.h"
#include "tests/support/fake_metrics_transport.h"
#include "tests/support/fake_prometheus.h"
#include "tests/support/run_awaitable.h"

using namespace tided;
using namespace tided::metrics;
using namespace tided::metrics::test;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

constexpr TimePoint t0 = epoch + seconds{60};

std::string question(const std::string& tenant) {
    return "sum(x{t=\"" + tenant + "\"})";
}

struct Rig {
    FakePrometheus server;
    boost::asio::io_context io;
    std::unique_ptr<Source> source;
    TimePoint now = t0;

    explicit Rig(PrometheusSpec spec = {}) {
        spec.name = "prom";
        source = make_source(std::move(spec), server);
        server.now = now;
    }

    void add(const std::string& tenant, double value, int age = 0, const std::string& pod = "1") {
        server.data.add({{"__name__", "x"}, {"t", tenant}, {"pod", pod}}, 60 - age, 15, {value});
    }

    void demand(const std::vector<std::string>& expressions) {
        std::vector<Query> queries;
        for (const std::string& expression : expressions) {
            queries.push_back({.expression = expression});
        }
        REQUIRE(source->demand(std::move(queries)));
    }

    /// Fetches each lane once; how many of these fetches failed.
    int fetch_all() {
        int failed = 0;
        for (std::size_t lane = 0; lane < source->lanes(); ++lane) {
            failed += fetch(lane).status ? 0 : 1;
        }
        return failed;
    }

    Fetched fetch(std::size_t lane) {
        server.now = now;
        return tided::testing::run(io, source->fetch(lane, now, Deadline{}));
    }

    /// Fetches as the daemon does for a second: what hurries again and again.
    void fetch_what_hurries() {
        for (std::size_t lane = 0; lane < source->lanes();) {
            const bool is_due = source->next(lane, now) <= now + Duration{1};
            lane = is_due && fetch(lane).lanes_changed ? 0 : lane + 1;
        }
    }

    Reading read(std::size_t index) { return source->read(index, now); }
};

Result<Page> too_many(const FakePrometheus::Asked& /*asked*/) {
    return refusal(422, "execution", "query processing would load too many samples into memory");
}

std::size_t values_in(const std::string& query) {
    return static_cast<std::size_t>(std::count(query.begin(), query.end(), '|')) + 1;
}

}  // namespace

TEST_CASE("prometheus groups: questions of one template are two requests together") {
    Rig rig;
    rig.add("a", 1);
    rig.add("b", 20, 10);
    rig.add("b", 3, 40, "2");
    rig.demand({question("a"), question("b"), question("nobody"), "sum(y)"});
    CHECK(rig.source->lanes() == 2);
    CHECK(rig.fetch_all() == 0);
    CHECK(rig.read(0) == Reading::of(1, seconds{0}, seconds{30}));
    CHECK(rig.read(1) == Reading::of(23, seconds{10}, seconds{30}));
    CHECK(rig.read(2) == Reading::absent(Absence::no_series));
    CHECK(rig.read(3) == Reading::absent(Absence::no_series));
    REQUIRE(rig.server.asked.size() == 3);
    CHECK(rig.server.asked[1].query == "sum by (t) (x{t=~\"a|b|nobody\"})");
    CHECK(
        rig.server.asked[2].query ==
        "label_replace(max by (t) (timestamp(x{t=~\"a|b|nobody\"})),\"selector\",\"0\",\"\",\"\")");
    CHECK(rig.server.asked[2].time == "1000060.000");
}

TEST_CASE("prometheus groups: each question is told why it has no number") {
    Rig rig;
    rig.server.data.add({{"__name__", "x"}, {"t", "a"}}, 60, 15, {std::nan("")});
    rig.server.data.add({{"__name__", "x"}, {"t", "b"}, {"i", "1"}}, 60, 15, {1});
    rig.server.data.add({{"__name__", "x"}, {"t", "b"}, {"i", "2"}}, 60, 15, {2});
    rig.server.data.add({{"__name__", "x"}, {"t", "c"}}, 60, 15, {3});
    rig.demand({"x{t=\"a\"}", "x{t=\"b\"}", "x{t=\"c\"}", "x{t=\"d\"}"});
    CHECK(rig.source->lanes() == 1);
    CHECK(rig.fetch_all() == 0);
    CHECK(rig.read(0) == Reading::absent(Absence::not_a_number));
    CHECK(rig.read(1) == Reading::absent(Absence::many_series));
    CHECK(rig.read(2) == Reading::of(3, seconds{0}, seconds{30}));
    CHECK(rig.read(3) == Reading::absent(Absence::no_series));
}

TEST_CASE("prometheus groups: one tenant's dead exporter makes no other tenant stale") {
    Rig rig;
    rig.add("a", 1);
    rig.add("b", 2, 50);
    rig.demand({question("a"), question("b")});
    CHECK(rig.fetch_all() == 0);
    CHECK(rig.read(0).is_fresh());
    CHECK(rig.read(1) == Reading::of(2, seconds{50}, seconds{30}));
    CHECK_FALSE(rig.read(1).is_fresh());
}

TEST_CASE("prometheus groups: what the server warns of is stale for all of them") {
    Rig rig;
    rig.add("a", 1);
    rig.add("b", 2);
    rig.demand({question("a"), question("b")});
    rig.server.retouch = [](Page& page) { page.body.insert(1, R"("warnings":["partial"],)"); };
    CHECK(rig.fetch_all() == 0);
    CHECK(rig.read(0).freshness == Freshness::stale);
    CHECK(rig.read(1).freshness == Freshness::stale);
    CHECK(rig.source->health().last_error ==
          "querying \"sum by (t) (x{t=~\"a|b\"})\": the server warns: partial; partial");
    rig.server.retouch = {};
    CHECK(rig.fetch_all() == 0);
    CHECK(rig.read(1).is_fresh());
    CHECK(rig.source->health().last_error.empty());
}

TEST_CASE("prometheus groups: a refused query is cut until the server takes it") {
    Rig rig;
    std::vector<std::string> expressions;
    for (int i = 100; i < 200; ++i) {
        rig.add(std::to_string(i), i);
        expressions.push_back(question(std::to_string(i)));
    }
    rig.server.interfere = [](const auto& asked) {
        return values_in(asked.query) > 30 ? std::optional{too_many(asked)} : std::nullopt;
    };
    rig.demand(expressions);
    CHECK(rig.source->lanes() == 1);
    const Fetched first = rig.fetch(0);
    CHECK(first.lanes_changed);
    REQUIRE_FALSE(first.status);
    CHECK(
        first.status.error().message ==
        "querying \"sum by (t) (x{t=~\"100|101|102|103|104|105|106|107|108|109|110|111|112|113|114|"
        "11…\": the server answers 422: execution: query processing would load too many samples "
        "into memory");
    CHECK(rig.source->lanes() == 2);
    CHECK(rig.read(0) == Reading::absent(Absence::never_seen));
    rig.fetch_what_hurries();
    CHECK(rig.source->lanes() == 4);
    CHECK(rig.source->health().failing == 0);
    for (std::size_t i = 0; i < expressions.size(); ++i) {
        CHECK(rig.read(i) == Reading::of(100.0 + static_cast<double>(i), Duration{}, seconds{30}));
    }
}

TEST_CASE("prometheus groups: what cannot be evaluated fails alone, and company is tried again") {
    Rig rig;
    for (const char* tenant : {"a", "b", "q", "z"}) {
        rig.add(tenant, 1);
    }
    rig.server.interfere = [](const auto& asked) {
        return asked.query.find('q') != std::string::npos ? std::optional{too_many(asked)}
                                                          : std::nullopt;
    };
    rig.demand({question("a"), question("b"), question("q"), question("z")});
    static_cast<void>(rig.fetch(0));
    rig.fetch_what_hurries();
    CHECK(rig.source->lanes() == 3);
    CHECK(rig.source->health().failing == 1);
    CHECK(rig.read(0).is_fresh());
    CHECK(rig.read(1).is_fresh());
    CHECK(rig.read(2) == Reading::absent(Absence::source_failed));
    CHECK(rig.read(3).is_fresh());
    std::size_t lanes_under_way = 0;  // they change only in the turn that tells it
    rig.server.interfere = [&](const auto&) {
        lanes_under_way = rig.source->lanes();
        return std::nullopt;
    };
    rig.now += minutes{9};
    CHECK_FALSE(rig.fetch(0).lanes_changed);
    rig.now += minutes{1};
    CHECK(rig.fetch(0).lanes_changed);
    CHECK(lanes_under_way == 3);
    CHECK(rig.source->lanes() == 1);
    CHECK(rig.source->health().failing == 0);
}

TEST_CASE("prometheus groups: a server that is away is not asked for each question alone") {
    Rig rig;
    rig.add("a", 1);
    rig.demand({question("a"), question("b")});
    for (const auto& away : {refused(), timed_out(), status_page(503), truncated()}) {
        rig.server.interfere = [&away](const auto&) { return std::optional{away}; };
        CHECK(rig.fetch_all() == 1);
        CHECK(rig.source->lanes() == 1);
        CHECK(rig.source->health().failing == 1);
        CHECK(rig.read(0) == Reading::absent(Absence::source_failed));
    }
}

TEST_CASE("prometheus groups: a query that takes the server too long is cut") {
    Rig rig;
    rig.demand({question("a"), question("b")});
    rig.server.interfere = [](const auto&) {
        return std::optional{refusal(503, "timeout", "query timed out in expression evaluation")};
    };
    CHECK(rig.fetch(0).lanes_changed);
    CHECK(rig.source->lanes() == 2);
}

TEST_CASE("prometheus groups: an answer that cannot be told apart is none") {
    Rig rig;
    rig.add("a", 1);
    rig.add("b", 2);
    rig.demand({question("a"), question("b")});
    rig.server.retouch = [](Page& page) {
        const std::size_t at = page.body.find("\"t\":\"b\"");
        if (at != std::string::npos) {
            page.body.replace(at, 7, "\"t\":\"z\"");
        }
    };
    const Fetched fetched = rig.fetch(0);
    REQUIRE_FALSE(fetched.status);
    CHECK(fetched.status.error().message ==
          "querying \"sum by (t) (x{t=~\"a|b\"})\": the answer has an element of no t that was "
          "asked for");
    CHECK(rig.read(0) == Reading::absent(Absence::never_seen));
    rig.fetch_what_hurries();
    CHECK(rig.read(0).is_fresh());
    CHECK(rig.read(1).is_fresh());
}

TEST_CASE("prometheus groups: a reload keeps what is known though the company changes") {
    Rig rig;
    rig.add("a", 1);
    rig.add("b", 2);
    rig.demand({question("a"), question("b")});
    CHECK(rig.fetch_all() == 0);
    rig.demand({question("c"), question("b")});
    CHECK(rig.read(0) == Reading::absent(Absence::never_seen));
    CHECK(rig.read(1) == Reading::of(2, seconds{0}, seconds{30}));
}

TEST_CASE("prometheus: what differs in writing alone is asked once") {
    Rig rig;
    rig.demand({"sum(rate(x{a=\"1\",b=\"2\"}[60s]))",
                "sum( rate( x{ b='2', a=\"1\" }[1m] ) )",
                "(sum(rate(x{a=\"1\",b=\"2\"}[1m])))"});
    CHECK(rig.source->lanes() == 1);
    CHECK(rig.source->costs().at(0).questions == 1);
    static_cast<void>(rig.fetch(0));
    CHECK(rig.server.asked.at(0).query == "sum(rate(x{a=\"1\",b=\"2\"}[60s]))");
}

TEST_CASE("prometheus: ten thousand policies are a few lanes") {
    Rig rig;
    std::vector<std::string> same(10'000, question("a"));
    rig.demand(same);
    CHECK(rig.source->lanes() == 1);
    rig.add("a", 1);
    CHECK(rig.fetch(0).requests == 2);
    std::vector<std::string> alike;
    for (int i = 0; i < 10'000; ++i) {
        alike.push_back(question("tenant-" + std::to_string(i)));
    }
    rig.demand(alike);
    CHECK(rig.source->lanes() == 50);
    rig.server.asked.clear();
    CHECK(rig.fetch_all() == 0);
    CHECK(rig.server.asked.size() == 50);  // nothing to be dated
    CHECK(rig.server.asked.front().is_post);
}

TEST_CASE("prometheus: a tenant is named in every request") {
    Rig rig{{.tenant = "acme|globex"}};
    rig.add("a", 1);
    rig.demand({question("a")});
    CHECK(rig.fetch_all() == 0);
    REQUIRE(rig.server.asked.size() == 2);
    for (const auto& asked : rig.server.asked) {
        CHECK(asked.headers == decltype(asked.headers){{"X-Scope-OrgID", "acme|globex"}});
    }
}

TEST_CASE("prometheus: where POST is not allowed long queries go as GET from then on") {
    for (const int status : {405, 501}) {
        Rig rig;
        rig.server.interfere = [status](const auto& asked) {
            return asked.is_post ? std::optional{status_page(status)} : std::nullopt;
        };
        rig.add("a", 1);
        rig.demand({"sum(x{t=\"a\",pod!=\"" + std::string(3000, 'z') + "\"})"});
        CHECK(rig.fetch(0).requests == 3);
        CHECK(rig.read(0).is_fresh());
        CHECK(rig.fetch(0).requests == 2);
        CHECK(std::count_if(rig.server.asked.begin(), rig.server.asked.end(), [](const auto& one) {
                  return one.is_post;
              }) == 1);
    }
}

TEST_CASE("prometheus: value and age are of one server") {
    Rig rig{{.servers = 2}};
    rig.add("a", 1, 10);
    rig.demand({question("a")});
    // The first one answers the value and is gone when it is asked for the age.
    rig.server.interfere = [&rig](const auto& asked) -> std::optional<Result<Page>> {
        if (asked.is_for_age() && asked.server == 0U) {
            rig.server.server = 1;
            return refused();
        }
        return std::nullopt;
    };
    CHECK(rig.fetch_all() == 0);
    REQUIRE(rig.server.asked.size() == 4);
    CHECK(rig.server.asked[1].server == 0U);
    CHECK_FALSE(rig.server.asked[2].server);
    CHECK(rig.server.asked[3].server == 1U);
    CHECK(rig.read(0) == Reading::of(1, seconds{10}, seconds{30}));
    CHECK(rig.source->health().server == 1);
    CHECK(rig.source->health().servers == 2);
}

TEST_CASE("prometheus: what one server said of ages dates nothing of another's") {
    Rig rig{{.servers = 2}};
    rig.demand({"sum(rate(x[1m]))"});
    rig.server.data.add({{"__name__", "x"}}, 0, 15, {0, 15, 30, 45, 60});
    CHECK(rig.fetch_all() == 0);
    CHECK(rig.read(0).is_fresh());
    // The other one's exporter is dead: it gives a number, and no stamp.
    rig.server.server = 1;
    rig.server.interfere = [](const auto& asked) -> std::optional<Result<Page>> {
        return asked.is_for_age()
                   ? std::optional{page_of_type(
                         "application/json",
                         R"({"status":"success","data":{"resultType":"vector","result":[]}})")}
                   : std::nullopt;
    };
    CHECK(rig.fetch_all() == 0);
    CHECK(rig.read(0).freshness == Freshness::stale);
}

TEST_CASE("prometheus: a second server gets what the first has left of the interval") {
    CHECK(Rig{}.source->timeout() == seconds{3});
    CHECK(Rig{{.servers = 2}}.source->timeout() == seconds{5});
    CHECK(Rig{{.interval = minutes{1}, .servers = 2}}.source->timeout() == seconds{6});
}

TEST_CASE("prometheus: what a lane costs is known") {
    Rig rig;
    rig.add("a", 1);
    rig.add("b", 1);
    rig.demand({question("a"), question("b")});
    rig.server.retouch = [](Page& page) {
        page.body.insert(page.body.find("\"resultType\""),
                         R"("stats":{"samples":{"totalQueryableSamples":7}},)");
    };
    CHECK(rig.fetch_all() == 0);
    rig.source->measured(0, Duration{25});
    const auto costs = rig.source->costs();
    REQUIRE(costs.size() == 1);
    CHECK(costs[0].query == "sum by (t) (x{t=~\"a|b\"})");
    CHECK(costs[0].questions == 2);
    CHECK(costs[0].took == Duration{25});
    CHECK(costs[0].bytes > 100);
    CHECK(costs[0].samples == 4);
    CHECK(costs[0].requests == 2);
    CHECK(costs[0].samples_read == 14);
}
