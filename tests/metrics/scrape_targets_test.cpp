// ScrapeSource with targets that are found: how they come, go, and what is read meanwhile.
#include <doctest/doctest.h>

#include "metrics/sources.h"
#include "tests/support/fake_host.h"
#include "tests/support/fake_metrics_transport.h"
#include "tests/support/run_awaitable.h"

using namespace tided;
using namespace tided::metrics;
using namespace tided::metrics::test;
using namespace std::chrono_literals;

namespace {

constexpr const char* path = "/sd/a.json";

TimePoint at(int s) {
    return TimePoint{std::chrono::seconds{1'000'000 + s}};
}

Reading part_of(double value) {
    return {.value = value, .freshness = Freshness::partial, .absence = Absence::none};
}

struct Bench {
    FakeMetricsTransport world;
    FakeHost host;
    boost::asio::io_context io;
    std::unique_ptr<Source> source;
    int moves = 0;

    explicit Bench(const std::string& expression = "sum(load)", std::size_t limit = 10'000) {
        ScrapeSpec spec;
        spec.name = "apps";
        spec.interval = 1s;
        spec.discovery = {.file = FileSdSpec{.files = {path}}, .target_limit = limit};
        source = make_source(std::move(spec), world, {.host = &host});
        source->on_moved([this] { ++moves; });
        REQUIRE(source->demand({{.expression = expression, .max_age = 30s}}).has_value());
    }

    void list(const std::vector<std::string>& hosts) {
        std::string text;
        for (const std::string& one : hosts) {
            text += (text.empty() ? "\"" : ",\"") + one + ":1\"";
            world.answers("http://" + one + ":1/metrics", {text_page("load 1\n")});
        }
        host.write(path, "[{\"targets\": [" + text + "]}]");
    }
    Fetched fetch(std::size_t lane, int s) {
        return testing::run(io, source->fetch(lane, at(s), Deadline{}));
    }
    Fetched look(int s) { return fetch(0, s); }
    void scrape(int s) {
        for (std::size_t lane = 1; lane < source->lanes(); ++lane) {
            (void)fetch(lane, s);
        }
    }
    Reading read(int s) { return source->read(0, at(s)); }
};

}  // namespace

TEST_CASE("scrape targets: nothing is read before the targets are known") {
    Bench bench;
    CHECK(bench.source->lanes() == 1);
    CHECK(bench.read(0) == Reading::absent(Absence::never_seen));
    CHECK(bench.look(1).status.error().message == "reading /sd/a.json: no such file");
    CHECK(bench.read(1) == Reading::absent(Absence::source_failed));
    CHECK(bench.source->health().discovery_error == "reading /sd/a.json: no such file");
    CHECK(bench.source->health().lanes == 0);
    bench.list({"a", "b"});
    const Fetched looked = bench.look(2);
    CHECK(looked.kind == FetchKind::targets);
    CHECK(looked.status.has_value());
    CHECK(bench.source->lanes() == 3);
    CHECK(bench.source->health().lanes == 2);
    CHECK(bench.source->health().discovery_error.empty());
    CHECK(bench.read(2) == Reading::absent(Absence::never_seen));
    bench.scrape(3);
    CHECK(bench.read(3) == Reading::of(2, 0s, 30s));
}

TEST_CASE("scrape targets: lanes that came and went are told with their next instant") {
    Bench bench;
    bench.list({"a", "b"});
    (void)bench.look(0);
    CHECK(bench.moves == 1);
    CHECK(bench.source->take_moved() == std::vector<std::size_t>{1, 2});
    CHECK(bench.source->next(1, at(0)) <= at(1));
    CHECK(bench.source->timeout_of(1) == 3s);
    CHECK(bench.source->timeout_of(0) == 5min);
    bench.list({"b"});
    CHECK(bench.moves == 2);
    CHECK(bench.source->take_moved() == std::vector<std::size_t>{0});
    CHECK(bench.source->next(0, at(0)) == at(0) + 50ms);
    (void)bench.look(1);
    CHECK(bench.source->take_moved() == std::vector<std::size_t>{1});
    CHECK(bench.source->next(1, at(0)) == TimePoint::max());
    CHECK(bench.fetch(1, 1).kind == FetchKind::nothing);
    bench.list({"b", "c"});
    (void)bench.look(2);
    CHECK(bench.source->take_moved() == std::vector<std::size_t>{0, 1});
    CHECK(bench.source->lanes() == 3);
}

TEST_CASE("scrape targets: one that is found no more is silent at once") {
    Bench bench{"sum(load) + 10 * count(up)"};
    bench.list({"a", "b", "c"});
    (void)bench.look(0);
    bench.scrape(1);
    CHECK(bench.read(1) == Reading::of(33, 0s, 30s));
    bench.list({"a", "b"});
    (void)bench.look(2);
    CHECK(bench.read(2) == Reading::of(22, 1s, 30s));
    CHECK(bench.world.ended == std::vector<std::string>{"http://c:1/metrics"});
    bench.list({"a", "b", "c"});
    (void)bench.look(3);
    bench.scrape(4);
    CHECK(bench.read(4).value == 33);
}

TEST_CASE("scrape targets: a bad list or a failing look changes nothing") {
    Bench bench;
    bench.list({"a", "b"});
    (void)bench.look(0);
    bench.scrape(1);
    bench.host.write(path, "[{\"targets\": [\"a:");
    CHECK_FALSE(bench.look(2).status.has_value());
    bench.scrape(3);
    CHECK(bench.read(3) == Reading::of(2, 0s, 30s));
    CHECK(bench.source->health().discovery_error == "/sd/a.json:1: not JSON: incomplete JSON");
    bench.world.answers("http://b:1/metrics", {refused()});
    bench.scrape(4);
    CHECK(bench.read(4) == part_of(1));
    bench.list({"a"});
    (void)bench.look(5);
    bench.scrape(5);
    CHECK(bench.read(5) == Reading::of(1, 0s, 30s));
}

TEST_CASE("scrape targets: an empty list is believed, and says nothing of the load") {
    Bench bench;
    bench.list({"a"});
    (void)bench.look(0);
    bench.scrape(1);
    bench.host.write(path, "[]");
    CHECK(bench.look(2).status.has_value());
    CHECK(bench.read(2) == Reading::absent(Absence::no_series));
    CHECK(bench.source->health().lanes == 0);
}

TEST_CASE("scrape targets: newcomers that have not told make the reading partial") {
    Bench bench;
    bench.list({"a", "b"});
    (void)bench.look(0);
    bench.scrape(1);
    CHECK(bench.read(1) == Reading::of(2, 0s, 30s));
    bench.list({"a", "c"});
    (void)bench.look(2);
    CHECK(bench.read(2).freshness == Freshness::partial);
    bench.scrape(2);
    CHECK(bench.read(2) == Reading::of(2, 0s, 30s));
}

TEST_CASE("scrape targets: a newcomer's window must fill, unless it is one of many") {
    Bench bench{"sum(rate(load[10s]))"};
    std::vector<std::string> hosts;
    for (int i = 0; i < 20; ++i) {
        hosts.push_back("h" + std::to_string(i));
    }
    bench.list(hosts);
    (void)bench.look(0);
    for (int s = 0; s <= 11; ++s) {
        bench.scrape(s);
    }
    CHECK(bench.read(11).is_fresh());
    for (int i = 0; i < 3; ++i) {
        hosts[static_cast<std::size_t>(i)] = "new" + std::to_string(i);
    }
    bench.list(hosts);
    (void)bench.look(12);
    bench.scrape(12);
    CHECK(bench.read(12).freshness == Freshness::partial);
    for (int s = 13; s <= 22; ++s) {
        CHECK(bench.read(s - 1).freshness == Freshness::partial);
        bench.scrape(s);
    }
    CHECK(bench.read(22).is_fresh());
    hosts[0] = "newer";
    bench.list(hosts);
    (void)bench.look(23);
    bench.scrape(23);
    CHECK(bench.read(23).is_fresh());
}

TEST_CASE("scrape targets: an answer for a target that went meanwhile is dropped") {
    Bench bench;
    bench.list({"a", "b"});
    (void)bench.look(0);
    bench.scrape(1);
    bench.world.hold();
    std::optional<Fetched> late;
    boost::asio::co_spawn(bench.io,
                          bench.source->fetch(1, at(2), Deadline{}),
                          [&](std::exception_ptr, Fetched f) { late = std::move(f); });
    bench.io.restart();
    bench.io.poll();
    bench.list({"b", "c"});
    (void)bench.look(2);
    CHECK(bench.source->lanes() == 4);
    bench.world.release();
    bench.io.restart();
    bench.io.poll();
    REQUIRE(late.has_value());
    CHECK(late->kind == FetchKind::nothing);
    bench.scrape(3);
    CHECK(bench.read(3) == Reading::of(2, 0s, 30s));
    bench.list({"b", "c", "d"});
    (void)bench.look(4);
    CHECK(bench.source->lanes() == 4);
}

TEST_CASE("scrape targets: more than target_limit changes nothing and says so") {
    Bench bench{"sum(load)", 2};
    bench.list({"a", "b"});
    (void)bench.look(0);
    bench.scrape(1);
    bench.list({"c", "d", "e"});
    (void)bench.look(2);
    bench.scrape(2);
    CHECK(bench.read(2) == part_of(2));
    CHECK(bench.source->health().discovery_error ==
          "3 targets are found, more than the source's target_limit 2: the former 2 stay");
    CHECK(bench.source->health().lanes == 2);
}

TEST_CASE("scrape targets: hundreds turn over again and again and leave nothing behind") {
    Bench bench;
    std::size_t most = 0;
    for (int round = 0; round < 20; ++round) {
        std::vector<std::string> hosts;
        for (int i = 0; i < 200; ++i) {
            hosts.push_back("h" + std::to_string(round) + "-" + std::to_string(i));
        }
        bench.list(hosts);
        (void)bench.look(round * 1000);
        bench.scrape(round * 1000 + 1);
        (void)bench.source->take_moved();
        most = std::max(most, bench.source->lanes());
        CHECK(bench.source->health().lanes == 200);
        CHECK(bench.read(round * 1000 + 1).value == 200);
    }
    CHECK(most == 201);
    CHECK(bench.source->health().series <= 3 * 200 * 6);
    CHECK(bench.world.ended.size() == 19 * 200);
    bench.source->retire();
    CHECK(bench.host.watches() == 0);
}
