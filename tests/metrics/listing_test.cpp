// Listing: which values a label has, from a server and from scraped pages, and when that is all.
#include <optional>

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

using Values = std::vector<std::string>;

constexpr TimePoint t0{seconds{1'700'000'000}};

Query tenants(std::string expression) {
    return {.expression = std::move(expression), .max_age = seconds{60}, .label = "tenant"};
}

std::string seconds_of(TimePoint at) {
    return std::to_string(at.time_since_epoch() / seconds{1});
}

std::string element(const std::string& labels, TimePoint now, const std::string& value) {
    return "{\"metric\":{" + labels + "},\"value\":[" + seconds_of(now) + ",\"" + value + "\"]}";
}

Answer answer(const std::string& elements, const std::string& more = "") {
    return page_of_type("application/json",
                        R"({"status":"success","data":{"resultType":"vector","result":[)" +
                            elements + "]}" + more + "}");
}

/// A server that lists tenants.
struct Server {
    FakeMetricsTransport world;
    boost::asio::io_context io;
    std::unique_ptr<Source> source =
        make_source(PrometheusSpec{.name = "prom", .interval = seconds{5}}, world);

    Server() { REQUIRE(source->demand({tenants("count by (tenant) (up)")})); }

    Fetched fetch(TimePoint now, Answer values, TimePoint sampled) {
        const auto url = [](const char* query, std::optional<TimePoint> at) {
            return instant_query(query, at, std::chrono::milliseconds{2400}).url;
        };
        world.answers(url("count by (tenant) (up)", std::nullopt), {std::move(values)});
        world.answers(url("label_replace(max(timestamp(up)),\"selector\",\"0\",\"\",\"\")", now),
                      {answer(element(R"("selector":"0")", now, seconds_of(sampled)))});
        return testing::run(io, source->fetch(0, now, Deadline{}));
    }

    Listing list(TimePoint now) { return source->list(0, now); }
};

std::string two(TimePoint now) {
    return element(R"("tenant":"b")", now, "3") + ',' + element(R"("tenant":"a")", now, "NaN") +
           ',' + element(R"("tenant":"b","x":"y")", now, "0");
}

TimePoint at(int s) {
    return TimePoint{seconds{1'000'000 + s}};
}

/// Two scraped targets.
struct Pages {
    FakeMetricsTransport world;
    boost::asio::io_context io;
    std::unique_ptr<Source> source;

    explicit Pages(const std::string& expression) {
        ScrapeSpec spec;
        spec.name = "apps";
        spec.interval = seconds{1};
        spec.targets = {"a:1", "b:1"};
        source = make_source(std::move(spec), world);
        REQUIRE(source->demand({tenants(expression)}));
    }

    Listing fetch(int s, Answer first, Answer second) {
        world.answers("http://a:1/metrics", {std::move(first)});
        world.answers("http://b:1/metrics", {std::move(second)});
        for (std::size_t lane = 0; lane < 2; ++lane) {
            (void)testing::run(io, source->fetch(lane, at(s), Deadline{}));
        }
        return source->list(0, at(s));
    }
};

void check(const Listing& listing, const Values& values, Freshness freshness) {
    CHECK(listing.values == values);
    CHECK(listing.freshness == freshness);
    CHECK(listing.answered.has_value());
}

}  // namespace

TEST_CASE("listing: a server's answer, whatever its numbers, as young as its samples") {
    Server server;
    CHECK_FALSE(server.list(t0).answered);
    CHECK(server.list(t0).freshness == Freshness::absent);
    CHECK(server.fetch(t0, answer(two(t0)), t0 - seconds{7}).status);
    check(server.list(t0), {"a", "b"}, Freshness::fresh);
    CHECK(server.list(t0).answered == t0);
    check(server.list(t0 + seconds{53}), {"a", "b"}, Freshness::fresh);
    check(server.list(t0 + seconds{54}), {"a", "b"}, Freshness::stale);
    server.source->rebase(minutes{1});
    CHECK(server.list(t0 + minutes{1}).answered == t0 + minutes{1});
}

TEST_CASE("listing: what is no whole answer of a server is not fresh") {
    Server server;
    CHECK(server.fetch(t0, answer(two(t0)), t0).status);
    const TimePoint later = t0 + seconds{5};
    SUBCASE("a failure: the last answer, stale at once") {
        CHECK_FALSE(server.fetch(later, status_page(503), later).status);
        check(server.list(later), {"a", "b"}, Freshness::stale);
        CHECK(server.list(later).answered == t0);
    }
    SUBCASE("cut short") {
        CHECK_FALSE(server.fetch(later, truncated(), later).status);
        check(server.list(later), {"a", "b"}, Freshness::stale);
    }
    SUBCASE("a warning: partial") {
        (void)server.fetch(later, answer(two(later), R"(,"warnings":["a store is gone"])"), later);
        check(server.list(later), {"a", "b"}, Freshness::partial);
    }
    SUBCASE("old samples: stale") {
        (void)server.fetch(later, answer(two(later)), later - minutes{10});
        check(server.list(later), {"a", "b"}, Freshness::stale);
    }
    SUBCASE("empty: no values") {
        (void)server.fetch(later, answer(""), later);
        CHECK(server.list(later).values.empty());
    }
}

TEST_CASE("listing: such a question shares no query, and no answer with a number's") {
    Server server;
    REQUIRE(server.source->demand({tenants("count by (tenant) (up{t=\"a\"})"),
                                   tenants("count by (tenant) (up{t=\"b\"})"),
                                   {.expression = "count by (tenant) (up{t=\"a\"})"}}));
    CHECK(server.source->lanes() == 3);
}

TEST_CASE("listing: an element without the label has the empty value") {
    Server server;
    (void)server.fetch(t0, answer(two(t0) + ',' + element("", t0, "1")), t0);
    check(server.list(t0), {"", "a", "b"}, Freshness::fresh);
}

TEST_CASE("listing: scraped pages") {
    Pages pages{"count by (tenant) (x)"};
    CHECK_FALSE(pages.source->list(0, at(0)).answered);
    check(pages.fetch(1, text_page("x{tenant=\"b\"} 1\n"), text_page("x{tenant=\"a\"} 1\n")),
          {"a", "b"},
          Freshness::fresh);
    SUBCASE("a page that fails: partial, with and without its series") {
        check(pages.fetch(2, text_page("x{tenant=\"b\"} 1\n"), status_page(500)),
              {"a", "b"},
              Freshness::partial);
        check(
            pages.fetch(3, text_page("x{tenant=\"b\"} 1\n"), refused()), {"b"}, Freshness::partial);
    }
    SUBCASE("a page that no longer has it") {
        check(pages.fetch(2, text_page("x{tenant=\"b\"} 1\n"), text_page("")),
              {"b"},
              Freshness::fresh);
    }
    SUBCASE("nothing new for long") {
        CHECK(pages.source->list(0, at(62)).freshness == Freshness::partial);
    }
}

TEST_CASE("listing: a page that failed from the start may have more") {
    Pages pages{"count by (tenant) (x)"};
    check(pages.fetch(1, text_page("x{tenant=\"b\"} 1\n"), status_page(500)),
          {"b"},
          Freshness::partial);
}

TEST_CASE("listing: what scrapes say of themselves is whole though targets fail") {
    Pages pages{"count by (instance, tenant) (up)"};
    check(pages.fetch(1, text_page("x 1\n"), status_page(500)), {""}, Freshness::fresh);
}
