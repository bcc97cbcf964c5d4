// Query command: loading, whole answers as the Prometheus HTTP API writes them, refusals.
#include "metrics/query_command.h"

#include <limits>

#include <doctest/doctest.h>

#include "metrics/query_answer.h"

using namespace tided;
using namespace tided::metrics;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

constexpr const char* page =
    "# TYPE x counter\n"
    "x_total{i=\"a\"} 0 1000\n"
    "x_total{i=\"b\"} 5 1000\n"
    "x_total{i=\"a\"} 30 1030\n"
    "x_total{i=\"a\"} 15 1015\n"
    "x_total{i=\"a\"} 45 1045.5\n"
    "# EOF\n";

QueryRequest instant(const char* expression, Duration since_epoch) {
    return {.expression = expression, .options = {}, .time = TimePoint{since_epoch}, .steps = {}};
}

QueryRequest range(const char* expression, seconds start, seconds end, Duration step) {
    QueryRequest request = instant(expression, {});
    request.steps = {.start = TimePoint{start}, .end = TimePoint{end}, .step = step};
    return request;
}

QueryAnswer asked(const QueryRequest& request, const char* data = page) {
    Store store;
    REQUIRE(load_samples(data, "page.om", store));
    return answer_query(request, store);
}

std::string refusal(const QueryRequest& request) {
    const QueryAnswer answer = asked(request);
    CHECK(answer.is_error);
    return answer.json;
}

}  // namespace

TEST_CASE("query: a vector, sorted by labels") {
    const QueryAnswer answer = asked(instant("x_total", milliseconds{1'050'001}));
    CHECK_FALSE(answer.is_error);
    CHECK(answer.json == R"({"status":"success","data":{"resultType":"vector","result":[)"
                         R"({"metric":{"__name__":"x_total","i":"a"},"value":[1050.001,"45"]},)"
                         R"({"metric":{"__name__":"x_total","i":"b"},"value":[1050.001,"5"]}]}})");
    CHECK(asked(instant("nothing", seconds{1050})).json ==
          R"({"status":"success","data":{"resultType":"vector","result":[]}})");
}

TEST_CASE("query: scalar, string and matrix") {
    CHECK(asked(instant("1e21 + 0", seconds{7})).json ==
          R"({"status":"success","data":{"resultType":"scalar","result":[7,"1e+21"]}})");
    CHECK(asked(instant("'a\"<\\n'", seconds{7})).json ==
          R"({"status":"success","data":{"resultType":"string","result":[7,"a\"\u003c\n"]}})");
    CHECK(asked(instant("x_total{i=\"a\"}[20s]", seconds{1046})).json ==
          R"({"status":"success","data":{"resultType":"matrix","result":[)"
          R"({"metric":{"__name__":"x_total","i":"a"},"values":[[1030,"30"],[1045.500,"45"]]}]}})");
}

TEST_CASE("query: a range query repeats the instant query at every step") {
    CHECK(asked(range("sum(x_total) > 10", seconds{1000}, seconds{1045}, seconds{15})).json ==
          R"({"status":"success","data":{"resultType":"matrix","result":[)"
          R"({"metric":{},"values":[[1015,"20"],[1030,"35"],[1045,"35"]]}]}})");
    CHECK(asked(range("2", seconds{0}, seconds{1}, milliseconds{500})).json ==
          R"({"status":"success","data":{"resultType":"matrix","result":[)"
          R"({"metric":{},"values":[[0,"2"],[0.500,"2"],[1,"2"]]}]}})");
}

TEST_CASE("query: the dialect and the lookback are the request's") {
    QueryRequest request = instant("count_over_time(x_total{i=\"a\"}[15s])", seconds{1030});
    CHECK(asked(request).json.find("[1030,\"1\"]") != std::string::npos);
    request.options.dialect = promql::Dialect::prometheus_2;
    CHECK(asked(request).json.find("[1030,\"2\"]") != std::string::npos);
    request = instant("x_total{i=\"b\"}", seconds{1020});
    request.options.lookback = seconds{10};
    CHECK(asked(request).json ==
          R"({"status":"success","data":{"resultType":"vector","result":[]}})");
}

TEST_CASE("query: refusals") {
    CHECK(refusal(instant("sum(x", seconds{1})) ==
          R"({"status":"error","errorType":"bad_data","error":"1:6: unexpected end of input in )"
          R"(aggregation, expected \",\" or \")\""})");
    CHECK(refusal(instant("1 + info(x)", seconds{1})) ==
          R"({"status":"error","errorType":"bad_data","error":"1:5: function 'info' is not )"
          R"(supported by this version"})");
    CHECK(refusal(instant("x_total * on () x_total", seconds{1040}))
              .starts_with(R"({"status":"error","errorType":"execution","error":"1:1: found )"));
    CHECK(refusal(range("x_total[1m]", seconds{1}, seconds{2}, seconds{1})) ==
          R"({"status":"error","errorType":"bad_data","error":"invalid expression type )"
          R"(\"range vector\" for range query, must be scalar or instant vector"})");
    CHECK(refusal(range("1", seconds{1}, seconds{2}, seconds{0})) ==
          R"({"status":"error","errorType":"bad_data","error":"zero or negative query resolution )"
          R"(step widths are not accepted"})");
    CHECK(refusal(range("1", seconds{2}, seconds{1}, seconds{1})) ==
          R"({"status":"error","errorType":"bad_data","error":"end timestamp must not be before )"
          R"(start time"})");
    CHECK(refusal(range("1", seconds{0}, seconds{11'001}, seconds{1})) ==
          R"({"status":"error","errorType":"bad_data","error":"exceeded maximum resolution of )"
          R"(11,000 points per timeseries"})");
    CHECK_FALSE(asked(range("1", seconds{0}, seconds{11'000}, seconds{1})).is_error);
}

TEST_CASE("query: steps at the end of time end") {
    const TimePoint last{Duration{std::numeric_limits<Duration::rep>::max() / 4}};
    QueryRequest request = instant("1", {});
    request.steps = {.start = last - Duration{1}, .end = last, .step = seconds{3600}};
    CHECK_FALSE(asked(request).is_error);
}

TEST_CASE("query: data that cannot be loaded") {
    const auto refused = [](const char* data) {
        Store store;
        const Status loaded = load_samples(data, "page.om", store);
        return loaded ? std::string{} : loaded.error().message;
    };
    CHECK(refused("x 1\n# EOF\n") ==
          "page.om:1:1: error: expected a timestamp for series x, got none");
    CHECK(refused("y 1 1\nx{a=\"b\"} 1\n# EOF\n") ==
          "page.om:2:1: error: expected a timestamp for series x{a=\"b\"}, got none");
    CHECK(refused("x 1 1\n").starts_with("page.om:2:1: error: expected "));
    CHECK(refused("# EOF\n").empty());
}

TEST_CASE("query: label values as Go's JSON writes them") {
    const promql::Vector vector{{.labels = {{"a", "<&>\x01\t\"\\é\xff\u2028"}}, .value = 1}};
    CHECK(success_answer(vector, TimePoint{seconds{-2}}) ==
          R"({"status":"success","data":{"resultType":"vector","result":[{"metric":)"
          R"({"a":"\u003c\u0026\u003e\u0001\t\"\\é\ufffd\u2028"},"value":[-2,"1"]}]}})");
}

TEST_CASE("query: instants and steps as the API takes them") {
    CHECK(parse_query_time("1435781451.781") == TimePoint{milliseconds{1435781451781}});
    CHECK(parse_query_time("2015-07-01T20:10:51.781Z") == TimePoint{milliseconds{1435781451781}});
    CHECK(parse_query_time("2015-07-01T22:10:51+02:00") == TimePoint{seconds{1435781451}});
    CHECK(parse_query_step("15") == seconds{15});
    CHECK(parse_query_step("0.5") == milliseconds{500});
    CHECK(parse_query_step("1m30s") == seconds{90});
    for (const char* text : {"",
                             "now",
                             "NaN",
                             "1e300",
                             "2015-07-01",
                             "2015-13-01T00:00:00Z",
                             "2015-07-01T24:00:00Z",
                             "2015-07-01T20:10:51",
                             "2015-07-01T20:10:51."
                             "Z",
                             "2015-07-01T20:10:51+2:00"}) {
        INFO(text);
        const auto refused = parse_query_time(text);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().message ==
              "cannot parse \"" + std::string{text} +
                  "\" to a valid timestamp: expected seconds since 1970 or RFC 3339");
    }
    CHECK(parse_query_step("soon").error().message ==
          "cannot parse \"soon\" to a valid duration: expected seconds or 15s");
}
