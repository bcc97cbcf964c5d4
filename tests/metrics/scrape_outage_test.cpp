// ScrapeSource: what is read while targets fail, and after.
#include <doctest/doctest.h>

#include "tests/support/scrape_bench.h"

using namespace tided;
using namespace tided::metrics;
using namespace tided::metrics::test;
using std::chrono::seconds;
using Bench = ScrapeBench;

TEST_CASE("scrape source: a target that fails from the start is waited for, then given up") {
    Bench bench;
    REQUIRE(bench.source
                ->demand({{.expression = "sum(load)"},
                          {.expression = "sum(load{instance=\"a:1\"})"},
                          {.expression = "sum(up)"},
                          {.expression = "1"}})
                .has_value());
    bench.world.answers(first_url, {text_page("load 3\n")});
    bench.world.answers(second_url, {timed_out()});
    (void)bench.fetch(0, 1);
    CHECK(bench.source->read(1, at(1)) == Reading::of(3, seconds{0}, seconds{30}));
    CHECK(bench.source->read(2, at(1)) == Reading::absent(Absence::never_seen));
    CHECK(bench.source->read(3, at(1)).is_fresh());
    (void)bench.fetch(1, 1);
    for (int s = 2; s <= 300; ++s) {
        bench.fetch_all(s);
        CHECK(bench.source->read(0, at(s)) == Reading::absent(Absence::source_failed));
        CHECK(bench.source->read(1, at(s)) == Reading::of(3, seconds{0}, seconds{30}));
        CHECK(bench.source->read(2, at(s)) == Reading::of(1, seconds{0}, seconds{30}));
    }
    bench.fetch_all(301);
    CHECK(bench.source->read(0, at(301)) == part_of(3));
    CHECK(bench.source->read(2, at(301)) == Reading::of(1, seconds{0}, seconds{30}));
}

TEST_CASE("scrape source: who answers with errors for long is never left out of a sum quietly") {
    Bench bench;
    bench.demand("sum(load)");
    bench.world.answers(first_url, {text_page("load 3\n")});
    bench.world.answers(second_url, {text_page("load 4\n"), status_page(503)});
    for (int s = 1; s <= 900; ++s) {
        bench.fetch_all(s);
        CAPTURE(s);
        CHECK(bench.source->read(0, at(s)).is_fresh() == (s <= 31));
    }
    CHECK(bench.source->read(0, at(900)) == part_of(3));
}

TEST_CASE("scrape source: one of many that is dead is given up after five minutes") {
    std::vector<std::string> hosts;
    for (int i = 0; i < 20; ++i) {
        hosts.push_back("h" + std::to_string(i) + ":1");
    }
    Bench bench{hosts};
    bench.demand("sum(load)");
    for (const std::string& host : hosts) {
        bench.world.answers("http://" + host + "/metrics", {text_page("load 1\n")});
    }
    bench.fetch_all(1);
    bench.world.answers("http://h7:1/metrics", {timed_out()});
    for (int s = 2; s < 302; ++s) {
        bench.fetch_all(s);
    }
    CHECK(bench.source->read(0, at(300)).freshness == Freshness::partial);
    CHECK(bench.source->read(0, at(301)) == Reading::of(19, seconds{0}, seconds{30}));
}

TEST_CASE("scrape source: one of two targets refuses: the other's reading is fresh") {
    Bench bench;
    bench.demand("sum(load)");
    bench.world.answers(first_url, {text_page("load 3\n")});
    bench.world.answers(second_url, {text_page("load 4\n"), refused()});
    bench.fetch_all(1);
    bench.fetch_all(2);
    CHECK(bench.source->read(0, at(2)) == Reading::of(3, seconds{0}, seconds{30}));
    CHECK(bench.source->health().silent == 0);
}

TEST_CASE("scrape source: one of two targets times out: the sum stays, then it is a partial one") {
    Bench bench;
    bench.demand("sum(load)");
    bench.world.answers(first_url, {text_page("load 3\n")});
    bench.world.answers(second_url, {text_page("load 4\n"), timed_out()});
    for (int s = 1; s <= 300; ++s) {
        bench.fetch_all(s);
        INFO(s);
        const Reading whole = Reading::of(7, seconds{s - 1}, seconds{30});
        CHECK(bench.source->read(0, at(s)) == (s <= 31 ? whole : part_of(3)));
    }
    // Its series end at the lookback; it may serve all the same.
    bench.fetch_all(301);
    CHECK(bench.source->read(0, at(301)) == part_of(3));
    const SourceHealth health = bench.source->health();
    CHECK(health.failing == 1);
    CHECK(health.silent == 1);
    CHECK(health.last_error == "scraping http://b:1/metrics: reading the answer: timed out");
}

TEST_CASE("scrape source: one of two targets times out: a rate keeps its last good value") {
    Bench bench;
    bench.demand("sum(rate(served_total[10s]))");
    std::vector<Result<Page>> first;
    std::vector<Result<Page>> second;
    for (int s = 1; s <= 350; ++s) {
        const Answer page = text_page("served_total " + std::to_string(10 * s) + "\n");
        first.push_back(page);
        second.push_back(s <= 30 ? page : timed_out());
    }
    bench.world.answers(first_url, std::move(first));
    bench.world.answers(second_url, std::move(second));
    for (int s = 1; s <= 350; ++s) {
        bench.fetch_all(s);
        INFO(s);
        const Reading reading = bench.source->read(0, at(s));
        if (s > 11 && s < 330) {
            CHECK(reading.value == doctest::Approx(s <= 60 ? 20.0 : 10.0));
            CHECK(reading.freshness == (s <= 60 ? Freshness::fresh : Freshness::partial));
        }
        if (s > 331) {
            CHECK(reading.value == doctest::Approx(10.0));
            CHECK(reading.freshness == Freshness::partial);
        }
    }
}

TEST_CASE("scrape source: all targets dead: nothing is read, a rate ages with its samples") {
    Bench bench{{"a:1"}};
    REQUIRE(bench.source
                ->demand({{.expression = "sum(load)"},
                          {.expression = "sum(rate(load[1m]))", .max_age = seconds{30}}})
                .has_value());
    bench.world.answers(first_url, {text_page("load 3\n"), text_page("load 5\n"), refused()});
    for (int s = 1; s <= 400; ++s) {
        bench.fetch_all(s);
    }
    CHECK(bench.source->read(0, at(400)) == Reading::absent(Absence::source_failed));
    CHECK(bench.source->read(1, at(400)) == Reading::absent(Absence::source_failed));
}
