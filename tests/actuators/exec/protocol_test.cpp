// The exec protocol: requests letter by letter, answers good and bad.
#include "actuators/exec/protocol.h"

#include <array>

#include <doctest/doctest.h>

using namespace tided;
using namespace tided::actuators;
using namespace std::chrono_literals;

TEST_CASE("exec protocol: requests are one line of JSON") {
    CHECK(exec::observe_request("we\"b") ==
          "{\"version\":1,\"request\":\"observe\",\"pool\":\"we\\\"b\"}\n");
    CHECK(exec::apply_request(
              "web", {.id = "b-42", .policy = "day", .pool = "web", .from = {3}, .to = {5}}) ==
          R"({"version":1,"request":"apply","pool":"web",)"
          R"("step":{"id":"b-42","from":3,"to":5,"policy":"day"}})"
          "\n");
}

TEST_CASE("exec protocol: an observation") {
    const TimePoint now{7s};
    CHECK(exec::read_observed(R"({"replicas":3,"ready":2})", now).value() ==
          Observed{.replicas = {3}, .present = {3}, .ready = {2}, .at = now});
    CHECK(exec::read_observed(" {\"replicas\":0,\"ready\":0,\"present\":4,\"more\":[]}\n", now)
              .value() == Observed{.present = {4}, .at = now});
}

TEST_CASE("exec protocol: an observation that cannot be read") {
    struct Row {
        const char* output;
        const char* why;
    };
    const char* const no_replicas =
        "its answer has no 'replicas' that is a whole number from 0 to 2147483647";
    const char* const no_ready =
        "its answer has no 'ready' that is a whole number from 0 to 2147483647";
    const std::array<Row, 10> rows{{
        {"", "it printed nothing"},
        {"Error:\tno\nservice\x01", "it printed what is no JSON object: Error: no service"},
        {R"({"replicas":3)", R"(it printed what is no JSON object: {"replicas":3)"},
        {"[3]", "it printed what is no JSON object: [3]"},
        {R"({"ready":3})", no_replicas},
        {R"({"replicas":-1,"ready":0})", no_replicas},
        {R"({"replicas":2147483648,"ready":0})", no_replicas},
        {R"({"replicas":"3","ready":0})", no_replicas},
        {R"({"replicas":3,"ready":1.5})", no_ready},
        {R"({"replicas":3,"ready":1,"present":null})",
         "its answer has no 'present' that is a whole number from 0 to 2147483647"},
    }};
    for (const Row& row : rows) {
        INFO(row.output);
        const auto read = exec::read_observed(row.output, {});
        REQUIRE_FALSE(read.has_value());
        CHECK(read.error() == Error{.code = ErrorCode::corrupt, .message = row.why});
    }
}

TEST_CASE("exec protocol: outcomes") {
    struct Row {
        const char* output;
        Outcome outcome;
    };
    const std::array<Row, 8> rows{{
        {R"({"outcome":"done"})", Outcome::done()},
        {R"({"outcome":"pending"})", Outcome::pending(5s)},
        {R"({"outcome":"pending","after":"1m30s"})", Outcome::pending(90s)},
        {R"({"outcome":"refused","message":"it is 4"})",
         Outcome::refused({.code = ErrorCode::conflict, .message = "it is 4"})},
        {R"({"outcome":"refused","code":"forbidden","message":"not you"})",
         Outcome::refused({.code = ErrorCode::forbidden, .message = "not you"})},
        {R"({"outcome":"failed"})",
         Outcome::failed({.code = ErrorCode::unavailable, .message = "it gave no message"})},
        {R"({"outcome":"failed","code":"throttled","message":"slow","after":"30s"})",
         Outcome::failed(
             {.code = ErrorCode::throttled, .message = "slow", .retry_after = Duration{30s}})},
        {R"({"outcome":"failed","code":"out_of_capacity","message":"full"})",
         Outcome::failed({.code = ErrorCode::out_of_capacity, .message = "full"})},
    }};
    for (const Row& row : rows) {
        INFO(row.output);
        CHECK(exec::read_outcome(row.output).value() == row.outcome);
    }
}

TEST_CASE("exec protocol: an outcome that cannot be read") {
    struct Row {
        const char* output;
        const char* why;
    };
    const std::array<Row, 6> rows{{
        {"", "it printed nothing"},
        {"{}", "its answer has no 'outcome' that is done, pending, refused or failed"},
        {R"({"outcome":"ok"})",
         "its answer has no 'outcome' that is done, pending, refused or failed"},
        {R"({"outcome":"pending","after":5})",
         "its answer has an 'after' that is no duration such as \"5s\""},
        {R"({"outcome":"failed","after":"soon"})",
         "its answer has an 'after' that is no duration such as \"5s\""},
        {R"({"outcome":"failed","code":"corrupt"})", "its answer has an unknown 'code'"},
    }};
    for (const Row& row : rows) {
        INFO(row.output);
        const auto read = exec::read_outcome(row.output);
        REQUIRE_FALSE(read.has_value());
        CHECK(read.error() == Error{.code = ErrorCode::corrupt, .message = row.why});
    }
}
