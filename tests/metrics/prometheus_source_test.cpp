// Prometheus source: lanes, the two questions of a lane, ages, failures, reloads. The server is
// scripted per expression.
#include <map>

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
constexpr const char* expression = "sum(rate(m[1m]))";
constexpr const char* companion = "label_replace(max(timestamp(m)),\"selector\",\"0\",\"\",\"\")";

std::string answer(const std::string& elements) {
    return R"({"status":"success","data":{"resultType":"vector","result":[)" + elements + "]}}";
}

Answer json(const std::string& body) {
    return page_of_type("application/json", body);
}

Answer number(const std::string& value) {
    return json(answer(R"({"metric":{},"value":[1,")" + value + "\"]}"));
}

Answer stamp(TimePoint at) {
    return json(answer(R"({"metric":{"selector":"0"},"value":[1,")" +
                       std::to_string(at.time_since_epoch().count() / 1000) + "\"]}"));
}

Answer nothing() {
    return json(answer(""));
}

struct Rig {
    FakeMetricsTransport world;
    Duration ahead{};  ///< our clock's lead over the server's
    boost::asio::io_context io;
    std::unique_ptr<Source> source = make_source(
        PrometheusSpec{.name = "prom", .interval = seconds{5}, .timeout = seconds{3}}, world);

    explicit Rig(const std::vector<Query>& queries = {{.expression = expression}}) {
        REQUIRE(source->demand(queries));
    }

    /// The server's clock at `at` of ours.
    [[nodiscard]] TimePoint server(TimePoint at) const { return at - ahead; }

    // The server says when it evaluated: where a script has 1 its present is put.
    void script(std::optional<TimePoint> at, const std::string& query, Answer given) {
        if (given && at) {
            const std::string mark = "\"value\":[1,";
            const std::string present =
                std::to_string(std::chrono::duration_cast<seconds>(at->time_since_epoch()).count());
            for (std::size_t place = 0;
                 (place = given->body.find(mark, place)) != std::string::npos;) {
                given->body.replace(place + mark.size() - 2, 1, present);
            }
        }
        const bool is_value = query != companion;
        world.answers(
            instant_query(query, is_value ? std::nullopt : at, std::chrono::milliseconds{2400}).url,
            {std::move(given)});
    }

    Fetched fetch(TimePoint at, std::size_t lane = 0) {
        return tided::testing::run(io, source->fetch(lane, at, Deadline{}));
    }

    // One fetch at which the server gives these two answers.
    Fetched fetch(TimePoint at, Answer value, Answer stamps) {
        script(server(at), expression, std::move(value));
        script(server(at), companion, std::move(stamps));
        return fetch(at);
    }

    Reading read(TimePoint at) { return source->read(0, at); }
};

}  // namespace

TEST_CASE("prometheus: a value with the age of its samples") {
    Rig rig;
    CHECK(rig.read(t0) == Reading::absent(Absence::never_seen));
    const Fetched fetched = rig.fetch(t0, number("42"), stamp(t0 - seconds{7}));
    CHECK(fetched.status);
    CHECK(fetched.samples == 2);
    CHECK(fetched.bytes > 100);
    CHECK(rig.read(t0) == Reading::of(42, seconds{7}, seconds{30}));
    CHECK(rig.read(t0 + seconds{3}).age == seconds{10});
    CHECK(rig.read(t0 + seconds{23}).is_fresh());
    CHECK_FALSE(rig.read(t0 + seconds{24}).is_fresh());
}

TEST_CASE("prometheus: both questions ask for one instant") {
    Rig rig;
    (void)rig.fetch(t0, number("42"), stamp(t0));
    REQUIRE(rig.world.calls.size() == 2);
    CHECK(rig.world.calls[0].request.url ==
          "/api/v1/query?query=sum%28rate%28m%5B1m%5D%29%29&timeout=2400ms&nocache=1&stats=1");
    CHECK(rig.world.calls[1].request.url ==
          "/api/v1/query?query=label_replace%28max%28timestamp%28m%29%29%2C%22selector%22%2C%220"
          "%22%2C%22%22%2C%22%22%29&time=1700000000.000&timeout=2400ms&nocache=1&stats=1");
}

TEST_CASE("prometheus: a wrong clock of ours neither ages a reading nor makes it young") {
    for (const Duration ahead : {Duration{minutes{60}}, Duration{minutes{-60}}}) {
        Rig rig;
        rig.ahead = ahead;
        (void)rig.fetch(t0, number("42"), stamp(t0 - ahead - seconds{7}));
        CHECK(rig.read(t0) == Reading::of(42, seconds{7}, seconds{30}));
        CHECK(rig.read(t0 + seconds{3}).age == seconds{10});
    }
}

TEST_CASE("prometheus: a dead exporter behind a living Prometheus turns stale at max_age") {
    Rig rig;
    (void)rig.fetch(t0, number("42"), stamp(t0));
    // Its series ended: no stamps, yet the range still gives falling values.
    (void)rig.fetch(t0 + seconds{20}, number("31"), nothing());
    CHECK(rig.read(t0 + seconds{20}) == Reading::of(31, seconds{20}, seconds{30}));
    (void)rig.fetch(t0 + seconds{35}, number("12"), nothing());
    const Reading reading = rig.read(t0 + seconds{35});
    CHECK(reading == Reading::of(12, seconds{35}, seconds{30}));
    CHECK(reading.freshness == Freshness::stale);
    (void)rig.fetch(t0 + seconds{65}, nothing(), nothing());
    CHECK(rig.read(t0 + seconds{65}) == Reading::absent(Absence::no_series));
}

TEST_CASE("prometheus: what stands in for a dead exporter's samples is never fresh") {
    constexpr const char* with_zero = "sum(m) or vector(0)";
    Rig rig{{{.expression = with_zero}}};
    rig.script(t0, with_zero, number("42"));
    rig.script(t0, companion, stamp(t0));
    (void)rig.fetch(t0);
    CHECK(rig.read(t0) == Reading::of(42, seconds{0}, seconds{30}));
    const TimePoint later = t0 + seconds{5};
    rig.script(later, with_zero, number("0"));
    rig.script(later, companion, nothing());
    (void)rig.fetch(later);
    CHECK(rig.read(later).freshness == Freshness::stale);
}

TEST_CASE("prometheus: a series that lingers without a marker ages too") {
    Rig rig{{{.expression = "m"}}};
    rig.script(t0, "m", number("42"));
    rig.script(t0, companion, stamp(t0 - seconds{200}));
    (void)rig.fetch(t0);
    CHECK(rig.read(t0) == Reading::of(42, seconds{200}, seconds{30}));
    CHECK(rig.read(t0).freshness == Freshness::stale);
}

TEST_CASE("prometheus: a value over samples nobody ever dated is stale") {
    Rig rig;
    (void)rig.fetch(t0, number("42"), nothing());
    const Reading reading = rig.read(t0);
    CHECK(reading.value == 42);
    CHECK(reading.freshness == Freshness::stale);
    CHECK(reading.age == minutes{5});
}

TEST_CASE("prometheus: an age that cannot be asked for fails the fetch and ages on") {
    Rig rig;
    (void)rig.fetch(t0, number("42"), stamp(t0));
    const Fetched fetched = rig.fetch(t0 + seconds{5}, number("43"), timed_out());
    REQUIRE_FALSE(fetched.status);
    CHECK(fetched.status.error().code == ErrorCode::timed_out);
    CHECK(fetched.status.error().message ==
          "querying \"sum(rate(m[1m]))\": asking for the age of the samples: reading the answer: "
          "timed out");
    CHECK(rig.read(t0 + seconds{5}) == Reading::of(43, seconds{5}, seconds{30}));
    CHECK(rig.source->health().failing == 1);
}

TEST_CASE("prometheus: an age that timestamp() cannot tell says what to change") {
    Rig rig;
    Answer alike = page_of_type(
        "application/json",
        R"({"status":"error","errorType":"execution","error":"vector cannot contain metrics with the same labelset"})");
    alike->status = 422;
    const Fetched fetched = rig.fetch(t0, number("42"), std::move(alike));
    REQUIRE_FALSE(fetched.status);
    CHECK(
        fetched.status.error().message ==
        "querying \"sum(rate(m[1m]))\": asking for the age of the samples: the server answers "
        "422: execution: vector cannot contain metrics with the same labelset; give each selector "
        "one metric name");
    CHECK(rig.read(t0).freshness == Freshness::stale);
}

TEST_CASE("prometheus: a constant needs no companion") {
    Rig rig{{{.expression = "vector(3)"}}};
    rig.script(t0, "vector(3)", number("3"));
    CHECK(rig.fetch(t0).status);
    CHECK(rig.world.calls.size() == 1);
    CHECK(rig.read(t0 + seconds{4}) == Reading::of(3, seconds{4}, seconds{30}));
}

TEST_CASE("prometheus: why there is no number") {
    Rig rig;
    (void)rig.fetch(t0, nothing(), nothing());
    CHECK(rig.read(t0) == Reading::absent(Absence::no_series));
    (void)rig.fetch(t0, number("NaN"), nothing());
    CHECK(rig.read(t0) == Reading::absent(Absence::not_a_number));
    (void)rig.fetch(t0, number("+Inf"), nothing());
    CHECK(rig.read(t0) == Reading::absent(Absence::not_a_number));
    (void)rig.fetch(t0,
                    json(answer(R"({"metric":{"i":"a"},"value":[1,"1"]},
                                   {"metric":{"i":"b"},"value":[1,"2"]})")),
                    nothing());
    CHECK(rig.read(t0) == Reading::absent(Absence::many_series));
    // Where there is no number nobody asks for its age.
    CHECK(rig.world.calls.size() == 4);
}

TEST_CASE("prometheus: a failing lane keeps its value until it is too old, then says so") {
    Rig rig;
    (void)rig.fetch(t0, number("42"), stamp(t0));
    const Fetched fetched = rig.fetch(t0 + seconds{5}, refused(), nothing());
    REQUIRE_FALSE(fetched.status);
    CHECK(fetched.status.error().message ==
          "querying \"sum(rate(m[1m]))\": connecting: connection refused");
    CHECK(rig.read(t0 + seconds{30}) == Reading::of(42, seconds{30}, seconds{30}));
    CHECK(rig.read(t0 + seconds{31}) == Reading::of(42, seconds{31}, seconds{30}));
    CHECK(rig.read(t0 + seconds{31}).freshness == Freshness::stale);
    CHECK(rig.read(t0 + minutes{5} + seconds{30}).freshness == Freshness::stale);
    CHECK(rig.read(t0 + minutes{5} + seconds{31}) == Reading::absent(Absence::source_failed));
    // Back again.
    CHECK(rig.fetch(t0 + minutes{6}, number("7"), stamp(t0 + minutes{6})).status);
    CHECK(rig.read(t0 + minutes{6}) == Reading::of(7, seconds{0}, seconds{30}));
    CHECK(rig.source->health().last_error.empty());
}

TEST_CASE("prometheus: a source that never answered has failed") {
    Rig rig;
    (void)rig.fetch(t0, status_page(401), nothing());
    CHECK(rig.read(t0) == Reading::absent(Absence::source_failed));
    const SourceHealth health = rig.source->health();
    CHECK(health.lanes == 1);
    CHECK(health.failing == 1);
    CHECK(health.last_error == "querying \"sum(rate(m[1m]))\": the server answers 401: \"no \"");
}

TEST_CASE("prometheus: the server's warnings are passed on") {
    Rig rig;
    const Fetched fetched =
        rig.fetch(t0,
                  json(R"({"status":"success","warnings":["a","b"],"data":{"resultType":"scalar",
                "result":[1700000000,"1"]}})"),
                  stamp(t0));
    CHECK(fetched.status);
    CHECK(fetched.warning == "a; b");
}

TEST_CASE("prometheus: a value that the server warns of is not fresh") {
    Rig rig;
    const auto warned = [](const std::string& kind) {
        return json(R"({"status":"success",")" + kind + R"(":["partial response"],"data":{
            "resultType":"scalar","result":[1700000000,"7"]}})");
    };
    (void)rig.fetch(t0, warned("warnings"), stamp(t0));
    CHECK(rig.read(t0).value == 7);
    CHECK(rig.read(t0).freshness == Freshness::stale);
    CHECK(rig.source->health().failing == 0);
    CHECK(rig.source->health().last_error ==
          "querying \"sum(rate(m[1m]))\": the server warns: partial response");
    (void)rig.fetch(t0, warned("infos"), stamp(t0));
    CHECK(rig.read(t0) == Reading::of(7, seconds{0}, seconds{30}));
    CHECK(rig.source->health().last_error.empty());
    Answer stamps = stamp(t0);
    stamps->body.insert(1, R"("warnings":["store gateway down"],)");
    (void)rig.fetch(t0, number("7"), std::move(stamps));
    CHECK(rig.read(t0).freshness == Freshness::stale);
    CHECK(rig.source->health().last_error ==
          "querying \"sum(rate(m[1m]))\": the server warns: store gateway down");
}

TEST_CASE("prometheus: the same query of several policies is asked once") {
    Rig rig{{{.expression = expression, .max_age = seconds{30}},
             {.expression = "sum(n)", .max_age = seconds{30}},
             {.expression = expression, .max_age = seconds{5}}}};
    CHECK(rig.source->lanes() == 2);
    (void)rig.fetch(t0, number("42"), stamp(t0 - seconds{7}));
    CHECK(rig.source->read(0, t0).freshness == Freshness::fresh);
    CHECK(rig.source->read(2, t0).freshness == Freshness::stale);
    CHECK(rig.source->read(1, t0) == Reading::absent(Absence::never_seen));
}

TEST_CASE("prometheus: lanes do not wait for one another") {
    Rig rig{{{.expression = expression}, {.expression = "sum(n)"}}};
    rig.script(t0, "sum(n)", refused());
    (void)rig.fetch(t0, 1);
    (void)rig.fetch(t0, number("42"), stamp(t0));
    CHECK(rig.source->read(0, t0).is_fresh());
    CHECK(rig.source->read(1, t0) == Reading::absent(Absence::source_failed));
}

TEST_CASE("prometheus: a reload keeps what is known of queries that stay") {
    Rig rig;
    (void)rig.fetch(t0, number("42"), stamp(t0));
    REQUIRE(rig.source->demand({{.expression = "sum(n)"}, {.expression = expression}}));
    CHECK(rig.source->lanes() == 2);
    CHECK(rig.source->read(1, t0) == Reading::of(42, seconds{0}, seconds{30}));
    const Status refused = rig.source->demand({{.expression = "sum("}});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message == "1:5: unexpected end of input in expression");
    CHECK(rig.source->read(1, t0) == Reading::of(42, seconds{0}, seconds{30}));
}

TEST_CASE("prometheus: an answer for a dropped query harms nobody") {
    Rig rig;
    rig.script(t0, expression, number("42"));
    rig.script(t0, companion, stamp(t0));
    auto under_way = rig.source->fetch(0, t0, Deadline{});
    REQUIRE(rig.source->demand({{.expression = "sum(n)"}}));
    CHECK(tided::testing::run(rig.io, std::move(under_way)).status);
    CHECK(rig.read(t0) == Reading::absent(Absence::never_seen));
}

TEST_CASE("prometheus: lanes are spread over the interval and keep their phase") {
    Rig rig{{{.expression = "sum(a)"}, {.expression = "sum(b)"}}};
    const TimePoint first = rig.source->next(0, t0);
    CHECK(first > t0);
    CHECK(first <= t0 + seconds{5});
    CHECK(rig.source->next(0, first) == first + seconds{5});
    CHECK(rig.source->next(1, t0) != first);
    CHECK(rig.source->timeout() == seconds{3});
}

TEST_CASE("prometheus: a wall-clock jump under a query does not make its samples young") {
    for (const Duration jump : {Duration{minutes{-60}}, Duration{minutes{60}}}) {
        Rig rig;
        rig.script(t0, expression, number("42"));
        rig.script(t0, companion, stamp(t0 - seconds{7}));
        rig.world.hold();
        bool done = false;
        boost::asio::co_spawn(rig.io,
                              rig.source->fetch(0, t0, Deadline{}),
                              [&](std::exception_ptr, const Fetched&) { done = true; });
        rig.io.restart();
        while (!rig.world.is_holding()) {
            rig.io.run_one();
        }
        rig.source->rebase(jump);
        rig.world.release();
        rig.io.restart();
        while (!done) {
            rig.io.run_one();
        }
        CHECK(rig.read(t0 + jump) == Reading::of(42, seconds{7}, seconds{30}));
        CHECK(rig.read(t0 + jump + seconds{60}).age == seconds{67});
    }
}

TEST_CASE("prometheus: a wall-clock jump moves what is held along") {
    Rig rig;
    (void)rig.fetch(t0, number("42"), stamp(t0 - seconds{7}));
    rig.source->rebase(std::chrono::hours{1});
    CHECK(rig.read(t0 + std::chrono::hours{1}) == Reading::of(42, seconds{7}, seconds{30}));
}
