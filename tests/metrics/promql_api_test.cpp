// PromQL API: the request's bytes, every kind of answer, whole messages.
#include "metrics/promql_api.h"

#include <cmath>
#include <limits>

#include <doctest/doctest.h>

using namespace tided;
using namespace tided::metrics;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

Page page(int status, std::string body, std::string type = "application/json") {
    return {.status = status, .content_type = std::move(type), .body = std::move(body)};
}

std::string success(const std::string& type, const std::string& result) {
    return R"({"status":"success","data":{"resultType":")" + type + R"(","result":)" + result +
           "}}";
}

Error refused(const Page& answer) {
    return parse_instant_answer(answer).error();
}

double number(const std::string& text) {
    const auto answer =
        parse_instant_answer(page(200, success("scalar", "[1435781451.781,\"" + text + "\"]")));
    return answer.value().elements.at(0).value;
}

}  // namespace

TEST_CASE("api: a short query is a GET with everything encoded") {
    const Get get = instant_query(
        "sum(rate(x{a=~\"b+\"}[1m])) / 2", TimePoint{milliseconds{1435781451781}}, seconds{3});
    CHECK(get.url ==
          "/api/v1/query?query=sum%28rate%28x%7Ba%3D~%22b%2B%22%7D%5B1m%5D%29%29%20%2F%202"
          "&time=1435781451.781&timeout=3000ms&nocache=1&stats=1");
    CHECK(get.accept == "application/json");
    CHECK(get.body.empty());
}

TEST_CASE("api: from 2 kB on it is a POST") {
    const std::string longest(1980, 'x');
    const TimePoint at{seconds{7}};
    CHECK(instant_query(longest, at, seconds{3}).body.empty());
    const Get post = instant_query(longest + std::string(20, '+'), at, seconds{3});
    CHECK(post.url == "/api/v1/query");
    CHECK(post.body.starts_with("query=xxx"));
    CHECK(post.body.ends_with("&time=7.000&timeout=3000ms&nocache=1&stats=1"));
}

TEST_CASE("api: a vector") {
    const auto answer = parse_instant_answer(page(200, success("vector", R"([
        {"metric":{"__name__":"up","job":"web","empty":""},"value":[1435781451.781,"1"]},
        {"metric":{},"value":[1435781451,"2.5"]}])")));
    REQUIRE(answer);
    CHECK(answer->elements ==
          std::vector<ApiElement>{{.labels = {{"__name__", "up"}, {"job", "web"}}, .value = 1.0},
                                  {.labels = {}, .value = 2.5}});
    CHECK(answer->warnings.empty());
    CHECK(parse_instant_answer(page(200, success("vector", "[]"))).value().elements.empty());
}

TEST_CASE("api: numbers are strings as Go writes them") {
    CHECK(number("1e+21") == 1e21);
    CHECK(number("+Inf") == std::numeric_limits<double>::infinity());
    CHECK(number("-Inf") == -std::numeric_limits<double>::infinity());
    CHECK(std::isnan(number("NaN")));
    CHECK(number("123456789012345680000") == 123456789012345680000.0);
    CHECK(number("1.7976931348623157e+308") == std::numeric_limits<double>::max());
}

TEST_CASE("api: an answer that calls itself partial is one with a warning") {
    const auto parsed = [](const std::string& flag) {
        return parse_instant_answer({.status = 200,
                                     .content_type = "application/json",
                                     .body = R"({"status":"success","isPartial":)" + flag +
                                             R"(,"data":{"resultType":"vector","result":[]}})"})
            ->warnings;
    };
    CHECK(parsed("true") == std::vector<std::string>{"the server calls its answer partial"});
    CHECK(parsed("false").empty());
    CHECK(parsed("\"true\"").empty());
}

TEST_CASE("api: warnings are kept, infos and unknown members are not minded") {
    const auto answer = parse_instant_answer(
        page(200,
             R"({"status":"success","data":{"resultType":"vector","result":[],"stats":{}},
                 "infos":["x"],"warnings":["store 1 is down",7,"partial"]})"));
    REQUIRE(answer);
    CHECK(answer->warnings == std::vector<std::string>{"store 1 is down", "partial"});
}

TEST_CASE("api: refusals keep the server's words and get our code") {
    struct Row {
        int status;
        const char* body;
        ErrorCode code;
        const char* message;
    };
    for (const Row& row :
         {Row{400,
              R"({"status":"error","errorType":"bad_data","error":"1:5: parse error: boo"})",
              ErrorCode::invalid_input,
              "the server answers 400: bad_data: 1:5: parse error: boo"},
          {422,
           R"({"status":"error","errorType":"execution","error":"same labelset"})",
           ErrorCode::invalid_input,
           "the server answers 422: execution: same labelset"},
          {503,
           R"({"status":"error","errorType":"timeout","error":"query timed out"})",
           ErrorCode::timed_out,
           "the server answers 503: timeout: query timed out"},
          {503,
           R"({"status":"error","errorType":"unavailable","error":"starting"})",
           ErrorCode::unavailable,
           "the server answers 503: unavailable: starting"},
          {200,
           R"({"status":"error","errorType":"execution","error":"odd proxy"})",
           ErrorCode::invalid_input,
           "the server answers 200: execution: odd proxy"},
          {500,
           R"({"status":"error"})",
           ErrorCode::unavailable,
           "the server answers 500: without saying why"},
          {400,
           "{\"status\":\"error\",\"errorType\":\"bad_data\",\"error\":\"two\\nlines\"}",
           ErrorCode::invalid_input,
           "the server answers 400: bad_data: two lines"},
          {401, "no", ErrorCode::unauthenticated, "the server answers 401: \"no\""},
          {403, "", ErrorCode::forbidden, "the server answers 403"},
          {404,
           "404 page not found\n",
           ErrorCode::not_found,
           "the server answers 404: \"404 page not found \""},
          {429, "slow down", ErrorCode::throttled, "the server answers 429: \"slow down\""},
          {502,
           "<html><head><title>502 Bad Gateway</title></head><body>nginx and more",
           ErrorCode::unavailable,
           "the server answers 502: \"<html><head><title>502 Bad Gateway</title></head><body>"
           "nginx…\""},
          {302, "moved", ErrorCode::corrupt, "the server answers 302: \"moved\""}}) {
        INFO(row.message);
        const Error error = refused(page(row.status, row.body));
        CHECK(error.code == row.code);
        CHECK(error.message == row.message);
    }
}

TEST_CASE("api: what is no answer") {
    struct Row {
        std::string body;
        const char* message;
    };
    const std::string prefix = "the answer is no Prometheus API answer: ";
    for (const Row& row :
         {Row{"", "expected JSON, got an empty body"},
          {"<!DOCTYPE html><title>Sign in</title>",
           "expected JSON, got \"<!DOCTYPE html><title>Sign in</title>\""},
          {R"({"status":"success","data":{"resu)",
           "expected JSON, got \"{\"status\":\"success\",\"data\":{\"resu\""},
          {"[1]", "expected JSON, got \"[1]\""},
          {"{}", "expected \"status\" success or error, got \"\""},
          {R"({"status":"success"})", "expected \"data\""},
          {R"({"status":"success","data":{}})",
           "expected \"resultType\" vector or scalar, got \"\""},
          {success("vector", "{}"), "expected a list of elements"},
          {success("vector", "[1]"), "expected an element with \"metric\""},
          {success("vector", R"([{"metric":{"a":1},"value":[1,"1"]}])"),
           "expected labels to be strings"},
          {success("vector", R"([{"metric":{}}])"),
           "expected \"value\" to be [seconds, \"number\"]"},
          {success("vector", R"([{"metric":{},"value":[1,2]}])"),
           "expected \"value\" to be [seconds, \"number\"]"},
          {success("vector", R"([{"metric":{},"value":[1,"x"]}])"),
           "expected \"value\" to be [seconds, \"number\"]"},
          {success("scalar", R"(["1","1"])"), "expected a scalar to be [seconds, \"number\"]"}}) {
        INFO(row.body);
        const Error error = refused(page(200, row.body));
        CHECK(error.code == ErrorCode::corrupt);
        CHECK(error.message == prefix + row.message);
    }
    const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
    CHECK(refused(page(200, deep)).code == ErrorCode::corrupt);
}

TEST_CASE("api: results that are no number are refused") {
    const Error matrix = refused(page(200, success("matrix", "[]")));
    CHECK(matrix.code == ErrorCode::invalid_input);
    CHECK(matrix.message ==
          "the expression gives a matrix, an instant vector or a scalar is needed");
    const Error text = refused(page(200, success("string", R"([1,"x"])")));
    CHECK(text.message == "the expression gives a string, an instant vector or a scalar is needed");
    const Error histogram =
        refused(page(200, success("vector", R"([{"metric":{},"histogram":[1,{}]}])")));
    CHECK(histogram.code == ErrorCode::unsupported);
    CHECK(histogram.message == "the expression gives native histograms, a number is needed");
}
