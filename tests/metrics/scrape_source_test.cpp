// ScrapeSource: lanes, demand, readings and health over a scripted world.
#include <doctest/doctest.h>

#include "tests/support/scrape_bench.h"

using namespace tided;
using namespace tided::metrics;
using namespace tided::metrics::test;
using std::chrono::milliseconds;
using std::chrono::seconds;
using Bench = ScrapeBench;

TEST_CASE("scrape source: a lane a target, spread over the interval, asked by its deadline") {
    Bench bench;
    CHECK(bench.source->lanes() == 2);
    CHECK(bench.source->timeout() == seconds{3});
    for (std::size_t lane = 0; lane < 2; ++lane) {
        const TimePoint due = bench.source->next(lane, at(0));
        CHECK(due > at(0));
        CHECK(due <= at(1));
        CHECK(bench.source->next(lane, due) == due + seconds{1});
    }
    CHECK(bench.source->next(0, at(0)) != bench.source->next(1, at(0)));
    const Deadline deadline{.at = std::chrono::steady_clock::time_point{seconds{7}}};
    bench.world.answers(first_url, {text_page("x 1\n")});
    (void)testing::run(bench.io, bench.source->fetch(0, at(1), deadline));
    REQUIRE(bench.world.calls.size() == 1);
    CHECK(bench.world.calls[0].request.url == first_url);
    CHECK(bench.world.calls[0].deadline == deadline);
}

TEST_CASE("scrape source: a reading over several targets, with the age of its samples") {
    Bench bench;
    bench.demand("sum(load)");
    bench.world.answers(first_url, {text_page("load 3\n")});
    bench.world.answers(second_url, {text_page("load 4\n")});
    bench.fetch_all(1);
    CHECK(bench.source->read(0, at(1)) == Reading::of(7, seconds{0}, seconds{30}));
    CHECK(bench.source->read(0, at(11)) == Reading::of(7, seconds{10}, seconds{30}));
    CHECK(bench.source->read(0, at(32)).freshness == Freshness::stale);
}

TEST_CASE("scrape source: no reading until every target it covers has told") {
    Bench bench;
    bench.demand("sum(load)");
    CHECK(bench.source->read(0, at(0)) == Reading::absent(Absence::never_seen));
    bench.world.answers(first_url, {text_page("load 3\n")});
    bench.world.answers(second_url, {refused()});
    (void)bench.fetch(0, 1);
    CHECK(bench.source->read(0, at(1)) == Reading::absent(Absence::never_seen));
    (void)bench.fetch(1, 1);
    CHECK(bench.source->read(0, at(1)) == Reading::of(3, seconds{0}, seconds{30}));
}

TEST_CASE(
    "scrape source: after an outage longer than its window a rate is partial until it is full") {
    Bench bench{{"a:1"}};
    bench.demand("sum(rate(requests_total[10s]))");
    int s = 0;
    const auto go_on = [&](int count, bool is_up) {
        for (const int end = s + count; s < end; ++s) {
            bench.world.answers(
                first_url,
                {is_up ? text_page("requests_total " + std::to_string(20 * s) + "\n")
                       : Answer{refused()}});
            bench.fetch_all(s);
        }
        return bench.source->read(0, at(s - 1));
    };
    CHECK(go_on(30, true).is_fresh());
    CHECK(go_on(60, false).freshness == Freshness::absent);
    for (int i = 0; i < 10; ++i) {
        CHECK(!go_on(1, true).is_fresh());
    }
    CHECK(go_on(1, true).value == doctest::Approx(20));
    CHECK(go_on(1, true).is_fresh());
}

TEST_CASE("scrape source: rates over scraped counters") {
    Bench bench{{"a:1"}};
    bench.demand("sum(rate(requests_total[10s]))");
    bench.world.answers(first_url,
                        {text_page("requests_total 100\n"),
                         text_page("requests_total 110\n"),
                         text_page("requests_total 120\n")});
    bench.fetch_all(0);
    CHECK(bench.source->read(0, at(0)) == Reading::absent(Absence::window_short));
    bench.fetch_all(5);
    bench.fetch_all(10);
    CHECK(bench.source->read(0, at(10)).value == doctest::Approx(2.0));
}

TEST_CASE("scrape source: a rate is absent until its window is full") {
    Bench bench{{"a:1"}};
    bench.demand("sum(rate(load[10s]))");
    bench.world.answers(first_url, {text_page("load 3\n")});
    for (int s = 1; s <= 10; ++s) {
        bench.fetch_all(s);
        CHECK(bench.source->read(0, at(s)) == Reading::absent(Absence::window_short));
    }
    bench.fetch_all(11);
    CHECK(bench.source->read(0, at(11)) == Reading::of(0, seconds{0}, seconds{30}));
}

TEST_CASE("scrape source: a wider window than was kept before waits until it is full") {
    Bench bench{{"a:1"}};
    bench.demand("load");
    bench.world.answers(first_url, {text_page("load 3\n")});
    bench.fetch_all(1);
    bench.demand("sum(rate(load[10m]))");
    bench.fetch_all(700);
    CHECK(bench.source->read(0, at(700)) == Reading::absent(Absence::window_short));
    bench.fetch_all(1299);
    CHECK(bench.source->read(0, at(1299)) == Reading::absent(Absence::window_short));
    bench.fetch_all(1300);
    CHECK(bench.source->read(0, at(1300)).freshness == Freshness::fresh);
}

TEST_CASE("scrape source: a rate over a target that died ages until it is stale") {
    Bench bench{{"a:1"}};
    bench.demand("sum(rate(load[1m]))");
    std::vector<Result<Page>> answers(70, text_page("load 3\n"));
    answers.push_back(refused());
    bench.world.answers(first_url, answers);
    for (int s = 1; s <= 110; ++s) {
        bench.fetch_all(s);
    }
    CHECK(bench.source->read(0, at(88)).age == seconds{18});
    CHECK(bench.source->read(0, at(88)).freshness == Freshness::fresh);
    CHECK(bench.source->read(0, at(108)).age == seconds{38});
    CHECK(bench.source->read(0, at(108)).freshness == Freshness::stale);
}

TEST_CASE("scrape source: an answer again heals") {
    Bench bench{{"a:1"}};
    bench.demand("up");
    bench.world.answers(first_url, {refused(), text_page("load 3\n")});
    bench.fetch_all(1);
    CHECK(bench.source->health().failing == 1);
    CHECK(bench.source->read(0, at(1)).value == 0.0);
    bench.fetch_all(2);
    CHECK(bench.source->health().failing == 0);
    CHECK(bench.source->health().last_error == "");
    CHECK(bench.source->read(0, at(2)).value == 1.0);
}

TEST_CASE("scrape source: only what a demand can read is stored") {
    FakeMetricsTransport world;
    boost::asio::io_context io;
    ScrapeSpec spec;
    spec.targets = {"a:1"};
    spec.series_limit = 6;
    const auto source = make_source(std::move(spec), world);
    REQUIRE(source->demand({{.expression = "load{zone=~\"a|b\"}"}}));
    std::string page;
    for (int i = 0; i < 100; ++i) {
        page += "other{i=\"" + std::to_string(i) + "\"} 1\n";
    }
    page += "load{zone=\"a\"} 3\nload{zone=\"c\"} 4\n";
    world.answers(first_url, {text_page(page)});
    for (int s = 1; s <= 3; ++s) {
        const Fetched fetched = testing::run(io, source->fetch(0, at(s), Deadline{}));
        CHECK(fetched.status);
        CHECK(fetched.samples == 102);
        CHECK(source->read(0, at(s)) == Reading::of(3, seconds{0}, seconds{30}));
    }
    // What is wanted later is stored from the next page on; until then nothing is said of it.
    REQUIRE(source->demand({{.expression = "sum(load)"}}));
    CHECK(source->read(0, at(3)) == Reading::absent(Absence::never_seen));
    CHECK(testing::run(io, source->fetch(0, at(4), Deadline{})).status);
    CHECK(source->read(0, at(4)) == Reading::of(7, seconds{0}, seconds{30}));
    REQUIRE(source->demand({{.expression = "load{zone=\"c\"}"}, {.expression = "sum(load)"}}));
    CHECK(source->read(1, at(4)) == Reading::of(7, seconds{0}, seconds{30}));
    CHECK(testing::run(io, source->fetch(0, at(5), Deadline{})).status);
    CHECK(source->read(0, at(5)) == Reading::of(4, seconds{0}, seconds{30}));
}

TEST_CASE("scrape source: a new demand waits for the targets that fail") {
    Bench bench;
    bench.demand("sum(load)");
    bench.world.answers(first_url, {text_page("load 3\nqueue 5\n")});
    bench.world.answers(second_url, {text_page("load 4\nqueue 6\n"), timed_out()});
    bench.fetch_all(1);
    bench.fetch_all(2);
    REQUIRE(bench.source->demand({{.expression = "sum(load)"}, {.expression = "sum(queue)"}}));
    bench.fetch_all(3);
    CHECK(bench.source->read(0, at(3)) == Reading::of(7, seconds{2}, seconds{30}));
    CHECK(bench.source->read(1, at(3)) == Reading::absent(Absence::source_failed));
}

TEST_CASE("scrape source: a new demand reads the next page and refuses what cannot be read") {
    Bench bench{{"a:1"}};
    bench.demand("load");
    bench.world.answers(first_url, {text_page("load 3\nother 5\n")});
    bench.fetch_all(1);
    bench.demand("other");
    CHECK(bench.source->read(0, at(1)) == Reading::absent(Absence::never_seen));
    bench.fetch_all(2);
    CHECK(bench.source->read(0, at(2)).value == 5.0);
    const Status refused_demand = bench.source->demand({{.expression = "sum("}});
    REQUIRE_FALSE(refused_demand.has_value());
    CHECK(refused_demand.error().code == ErrorCode::invalid_input);
    CHECK(bench.source->read(0, at(2)).value == 5.0);
}

TEST_CASE("scrape source: the longest range demanded is kept") {
    Bench bench{{"a:1"}};
    bench.demand("count_over_time(load[20m])");
    bench.world.answers(first_url, {text_page("load 3\n")});
    for (int minute = 0; minute <= 20; ++minute) {
        bench.fetch_all(minute * 60);
    }
    CHECK(bench.source->read(0, at(20 * 60)).value == 20.0);
}

TEST_CASE("scrape source: a long max_age keeps nothing longer") {
    FakeMetricsTransport world;
    boost::asio::io_context io;
    ScrapeSpec spec;
    spec.targets = {"a:1"};
    spec.series_limit = 1;
    const auto source = make_source(std::move(spec), world);
    REQUIRE(source->demand({{.expression = "load", .max_age = std::chrono::hours{1}}}));
    world.answers(first_url, {text_page("load{x=\"1\"} 3\n"), text_page("load{x=\"2\"} 4\n")});
    CHECK(testing::run(io, source->fetch(0, at(1), Deadline{})).status);
    CHECK_FALSE(testing::run(io, source->fetch(0, at(700), Deadline{})).status);
    CHECK(testing::run(io, source->fetch(0, at(701), Deadline{})).status);
}

TEST_CASE("scrape source: a wall-clock jump shifts samples, also those under way") {
    Bench bench{{"a:1"}};
    bench.demand("load");
    bench.world.answers(first_url, {text_page("load 3\n"), text_page("load 4\n")});
    bench.fetch_all(1);
    bench.world.hold();
    Fetched late;
    bool done = false;
    boost::asio::co_spawn(bench.io,
                          bench.source->fetch(0, at(2), Deadline{}),
                          [&](std::exception_ptr, Fetched fetched) {
                              late = std::move(fetched);
                              done = true;
                          });
    bench.io.restart();
    while (!bench.world.is_holding()) {
        bench.io.run_one();
    }
    bench.source->rebase(seconds{3600});
    CHECK(bench.source->read(0, at(3602)) == Reading::of(3, seconds{1}, seconds{30}));
    bench.world.release();
    bench.io.restart();
    while (!done) {
        bench.io.run_one();
    }
    CHECK(late.status.has_value());
    CHECK(bench.source->read(0, at(3602)) == Reading::of(4, seconds{0}, seconds{30}));
}

TEST_CASE("scrape source: samples that are not taken as they stand are counted") {
    Bench bench{{"a:1"}};
    REQUIRE(bench.source->demand(
        {{.expression = "a"}, {.expression = "count({__name__=~\"b|c|d\"})"}}));
    const auto ms = [](int s) { return std::to_string(at(s).time_since_epoch().count()); };
    bench.world.answers(first_url,
                        {text_page("a{x=\"1\"} 1\na{x=\"1\",} 2\nb 1 " + ms(-5) + "\nb 2 " +
                                   ms(-6) + "\nc 1 " + ms(60) + "\nd 1 " + ms(3600) + "\n")});
    bench.fetch_all(1);
    CHECK(bench.source->read(0, at(1)).value == 1);
    CHECK(bench.source->health().odd ==
          OddSamples{.conflicting = 1, .out_of_order = 1, .ahead = 1, .out_of_range = 1});
}

TEST_CASE("scrape source: the duration of a scrape is kept as a series") {
    Bench bench{{"a:1"}};
    bench.demand("scrape_duration_seconds");
    bench.world.answers(first_url, {text_page("load 3\n")});
    bench.fetch_all(1);
    bench.source->measured(0, milliseconds{20});
    CHECK(bench.source->read(0, at(1)).value == 0.02);
    bench.fetch_all(2);
    bench.source->rebase(seconds{3600});
    bench.source->measured(0, milliseconds{30});
    CHECK(bench.source->read(0, at(3601)).value == 0.02);
    CHECK(bench.source->read(0, at(3602)) == Reading::of(0.03, seconds{0}, seconds{30}));
}
