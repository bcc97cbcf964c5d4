// Range queries of the PromQL API: the request's bytes and bounds, every kind of answer.
#include <doctest/doctest.h>

#include "metrics/promql_api.h"

using namespace tided;
using namespace tided::metrics;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

constexpr TimePoint start{seconds{1000}};

Result<ApiRange> parsed(const std::string& result) {
    return parse_range_answer(
        {.status = 200,
         .content_type = "application/json",
         .body = R"({"status":"success","data":{"resultType":"matrix","result":)" + result + "}}"});
}

}  // namespace

TEST_CASE("range: the request") {
    const auto get = range_query(
        "m{a=\"b\"}",
        {.start = start, .end = start + milliseconds{60500}, .step = milliseconds{15500}},
        seconds{3});
    REQUIRE(get);
    CHECK(get->url ==
          "/api/v1/query_range?query=m%7Ba%3D%22b%22%7D&start=1000.000&end=1060.500&step=15.500"
          "&timeout=3000ms&nocache=1&stats=1");
}

TEST_CASE("range: no more points than a server gives, and steps that lead on") {
    RangeSteps steps{.start = start, .end = start + seconds{10'999}, .step = seconds{1}};
    CHECK(range_query("m", steps, seconds{3}));
    steps.end += seconds{1};
    const auto refused = range_query("m", steps, seconds{3});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::invalid_input);
    CHECK(refused.error().message ==
          "a range query may have 11000 points per series, this one has 11001: make the step "
          "longer");
    for (const RangeSteps& wrong :
         {RangeSteps{.start = start, .end = start, .step = {}},
          RangeSteps{.start = start, .end = start, .step = seconds{-1}},
          RangeSteps{.start = start, .end = start - seconds{1}, .step = seconds{1}}}) {
        const auto none = range_query("m", wrong, seconds{3});
        REQUIRE_FALSE(none);
        CHECK(none.error().message ==
              "a range query needs a step above 0 and an end not before its start");
    }
}

TEST_CASE("range: an answer of several series") {
    const auto answer = parsed(R"([{"metric":{"a":"1"},"values":[[1000,"1"],[1015.5,"NaN"]]},
                                   {"metric":{},"values":[]}])");
    REQUIRE(answer);
    REQUIRE(answer->series.size() == 2);
    CHECK(answer->series[0].labels == Labels{{"a", "1"}});
    REQUIRE(answer->series[0].samples.size() == 2);
    CHECK(answer->series[0].samples[0].at == start);
    CHECK(answer->series[0].samples[0].value == 1.0);
    CHECK(answer->series[0].samples[1].at == start + milliseconds{15500});
    CHECK(answer->series[1].samples.empty());
    CHECK(parsed("[]").value().series.empty());
}

TEST_CASE("range: what is no such answer") {
    struct Row {
        const char* result;
        const char* message;
    };
    const std::string prefix = "the answer is no Prometheus API answer: ";
    for (const Row& row :
         {Row{"{}", "expected a matrix, got \"matrix\""},
          {R"([{"values":[]}])", "expected an element with \"metric\""},
          {R"([{"metric":{}}])", "expected \"values\" to be a list of at most 11000"},
          {R"([{"metric":{},"values":[[1,2]]}])",
           "expected \"values\" to be [seconds, \"number\"] in order of time"},
          {R"([{"metric":{},"values":[[2,"1"],[1,"1"]]}])",
           "expected \"values\" to be [seconds, \"number\"] in order of time"}}) {
        INFO(row.result);
        const auto answer = parsed(row.result);
        REQUIRE_FALSE(answer);
        CHECK(answer.error().code == ErrorCode::corrupt);
        CHECK(answer.error().message == prefix + row.message);
    }
    const auto histograms = parsed(R"([{"metric":{},"histograms":[[1,{}]]}])");
    REQUIRE_FALSE(histograms);
    CHECK(histograms.error().code == ErrorCode::unsupported);
    std::string many = R"([{"metric":{},"values":[)";
    for (int i = 0; i <= 11'000; ++i) {
        many += (i > 0 ? ",[" : "[") + std::to_string(i) + ",\"1\"]";
    }
    CHECK_FALSE(parsed(many + "]}]"));
    const auto vector = parse_range_answer(
        {.status = 200,
         .content_type = {},
         .body = R"({"status":"success","data":{"resultType":"vector","result":[]}})"});
    REQUIRE_FALSE(vector);
    CHECK(vector.error().message == prefix + "expected a matrix, got \"vector\"");
    const auto refused = parse_range_answer(
        {.status = 400,
         .content_type = {},
         .body = R"({"status":"error","errorType":"bad_data","error":"too many points"})"});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message == "the server answers 400: bad_data: too many points");
}
