// Answers that are no 200, and objects that are not what they should be.
#include "actuators/kubernetes/answer.h"

#include <array>

#include <doctest/doctest.h>

#include "actuators/kubernetes/scale.h"

using namespace tided;
using namespace tided::actuators;
using namespace tided::actuators::kubernetes;
using namespace std::chrono_literals;

namespace {

Response response(int status, std::string body) {
    return {.status = status, .headers = {}, .body = std::move(body)};
}

const Workload web = parse_workload("deployment/prod/web").value();
const Workload widget = parse_workload("example.com/v1/widgets/prod/w").value();

}  // namespace

TEST_CASE("answer: every status has its code, and writes their effect") {
    struct Row {
        int status;
        ErrorCode code;
        Effect effect;
    };
    const std::array<Row, 18> rows{{{301, ErrorCode::corrupt, Effect::none},
                                    {400, ErrorCode::invalid_input, Effect::none},
                                    {401, ErrorCode::unauthenticated, Effect::none},
                                    {403, ErrorCode::forbidden, Effect::none},
                                    {404, ErrorCode::not_found, Effect::none},
                                    {405, ErrorCode::unsupported, Effect::none},
                                    {406, ErrorCode::invalid_input, Effect::none},
                                    {409, ErrorCode::conflict, Effect::none},
                                    {410, ErrorCode::not_found, Effect::none},
                                    {413, ErrorCode::invalid_input, Effect::none},
                                    {415, ErrorCode::unsupported, Effect::none},
                                    {418, ErrorCode::invalid_input, Effect::none},
                                    {422, ErrorCode::invalid_input, Effect::none},
                                    {429, ErrorCode::throttled, Effect::none},
                                    {500, ErrorCode::unavailable, Effect::unknown},
                                    {502, ErrorCode::unavailable, Effect::unknown},
                                    {503, ErrorCode::unavailable, Effect::none},
                                    {504, ErrorCode::timed_out, Effect::unknown}}};
    for (const Row& row : rows) {
        INFO(row.status);
        const Response answer = response(row.status, "");
        CHECK_FALSE(is_success(answer));
        CHECK(error_of(answer) == Error{.code = row.code,
                                        .message = "the API server answers " +
                                                   std::to_string(row.status) + " without a body"});
        CHECK(effect_of_write(answer) == row.effect);
    }
    CHECK(is_success(response(200, "")));
    CHECK(is_success(response(201, "")));
}

TEST_CASE("answer: a Status is quoted, other bodies are shown by their beginning") {
    CHECK(error_of(response(409, R"({"kind":"Status","reason":"Conflict","message":"modified"})"))
              .message == "the API server answers 409 Conflict: modified");
    CHECK(error_of(response(403, R"({"kind":"Status"})")).message == "the API server answers 403");
    CHECK(error_of(response(502, "<html>\n<h1>Bad Gateway</h1>\n")).message ==
          "the API server answers 502 with what is no Status: <html> <h1>Bad Gateway</h1>");
    CHECK(error_of(response(500, R"({"kind":"Status","mess)")).message ==
          R"(the API server answers 500 with what is no Status: {"kind":"Status","mess)");
    CHECK(error_of(response(500, std::string(1000, 'x'))).message ==
          "the API server answers 500 with what is no Status: " + std::string(80, 'x') + "...");
}

TEST_CASE("answer: how long to wait, by header or by details") {
    Response answer = response(429, R"({"kind":"Status","details":{"retryAfterSeconds":10}})");
    CHECK(error_of(answer).retry_after == Duration{10s});
    answer.headers = {{"retry-after", "30"}};
    CHECK(error_of(answer).retry_after == Duration{30s});
    answer.headers = {{"Retry-After", "1"}};
    CHECK(error_of(answer).retry_after == Duration{10s});
    answer.body = "";
    CHECK(error_of(answer).retry_after == Duration{1s});
    answer.headers = {{"Retry-After", "Wed, 21 Oct 2026 07:28:00 GMT"}};
    CHECK(error_of(answer).retry_after == std::nullopt);
    answer.headers = {{"Retry-After", "99999999999"}};
    CHECK(error_of(answer).retry_after == Duration{24h});
    answer.headers = {{"Retry-After", "-1"}};
    CHECK(error_of(answer).retry_after == std::nullopt);
}

TEST_CASE("scale: replicas left out are zero") {
    const auto scale = read_scale(R"({"kind":"Scale","metadata":{"resourceVersion":"7","uid":"u"},)"
                                  R"("spec":{},"status":{"replicas":2}})");
    CHECK(scale.value() == Scale{.version = "7", .uid = "u", .wanted = {0}, .present = {2}});
}

TEST_CASE("scale: what is written names the version it was read at") {
    CHECK(write_scale(web, {.version = "7", .uid = "u", .wanted = {3}, .present = {3}}, {0}) ==
          R"({"kind":"Scale","apiVersion":"autoscaling/v1","metadata":{"name":"web",)"
          R"("namespace":"prod","resourceVersion":"7","uid":"u"},"spec":{"replicas":0}})");
}

TEST_CASE("scale: says what cannot be read") {
    struct Row {
        const char* body;
        const char* why;
    };
    const std::array<Row, 8> rows{{
        {"", "it is no JSON object: "},
        {"<html>login</html>", "it is no JSON object: <html>login</html>"},
        {R"({"kind":"Scale","metadata":{"res)",
         R"(it is no JSON object: {"kind":"Scale","metadata":{"res)"},
        {R"({"kind":"Deployment"})", "it is no Scale"},
        {R"({"kind":"Scale","metadata":{}})", "it has no metadata.resourceVersion"},
        {R"({"kind":"Scale","metadata":{"resourceVersion":"7"},"spec":{"replicas":-1}})",
         "its spec.replicas is no count"},
        {R"({"kind":"Scale","metadata":{"resourceVersion":"7"},"spec":{"replicas":2147483648}})",
         "its spec.replicas is no count"},
        {R"({"kind":"Scale","metadata":{"resourceVersion":"7"},"spec":{"replicas":1}})",
         "it has no status.replicas"},
    }};
    for (const Row& row : rows) {
        INFO(row.body);
        const auto read = read_scale(row.body);
        REQUIRE_FALSE(read.has_value());
        CHECK(read.error() ==
              Error{.code = ErrorCode::corrupt,
                    .message = std::string{"the API server's answer cannot be read: "} + row.why});
    }
}

TEST_CASE("scale: readiness by kind") {
    CHECK(read_ready(web, R"({"status":{"readyReplicas":2}})").value() == Replicas{2});
    CHECK(read_ready(web, R"({"status":{"replicas":2}})").value() == Replicas{0});
    CHECK(read_ready(web, R"({})").value() == Replicas{0});
    CHECK(read_ready(widget, R"({"status":{"readyReplicas":2}})").value() == Replicas{2});
    CHECK(read_ready(widget, R"({"status":{"availableReplicas":1}})").value() == Replicas{1});
    CHECK(read_ready(widget, R"({"status":{"replicas":2}})").value() == std::nullopt);
    CHECK(read_ready(widget, R"({})").value() == std::nullopt);
    CHECK(read_ready(web, R"({"status":{"readyReplicas":"2"}})").error().message ==
          "the API server's answer cannot be read: its status.readyReplicas is no count");
    CHECK(read_ready(web, "nope").error().message ==
          "the API server's answer cannot be read: it is no JSON object: nope");
}
