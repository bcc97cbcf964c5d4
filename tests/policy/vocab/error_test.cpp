// Errors: the code decides, the message grows one clause per layer.
#include "policy/vocab/error.h"

#include <set>

#include <doctest/doctest.h>

#include "policy/vocab/result.h"
#include "tests/support/policy_words.h"

using namespace tided;
using namespace std::chrono_literals;

namespace {

constexpr auto last_code = static_cast<int>(ErrorCode::internal);

}  // namespace

TEST_CASE("error: each layer adds one clause and keeps the rest") {
    const Error deep{.code = ErrorCode::timed_out,
                     .message = "timed out after 5s",
                     .effect = Effect::unknown,
                     .retry_after = 3s};
    const Error shown = Error{deep}.within("connecting").within("scraping web-1");
    CHECK(shown == Error{.code = ErrorCode::timed_out,
                         .message = "scraping web-1: connecting: timed out after 5s",
                         .effect = Effect::unknown,
                         .retry_after = 3s});
}

TEST_CASE("error: every code has a name of its own") {
    std::set<std::string_view> names;
    for (int code = 0; code <= last_code; ++code) {
        names.insert(to_string(static_cast<ErrorCode>(code)));
    }
    CHECK(names.size() == last_code + 1);
    CHECK(to_string(ErrorCode::out_of_capacity) == "out_of_capacity");
}

TEST_CASE("error: only what may pass by itself is transient") {
    std::set<std::string_view> transient;
    for (int code = 0; code <= last_code; ++code) {
        if (is_transient(static_cast<ErrorCode>(code))) {
            transient.insert(to_string(static_cast<ErrorCode>(code)));
        }
    }
    CHECK(transient ==
          std::set<std::string_view>{"out_of_capacity", "throttled", "timed_out", "unavailable"});
}

TEST_CASE("result: a failure carries its error through") {
    const Result<int> failed = fail(ErrorCode::not_found, "no pool 'web'");
    REQUIRE_FALSE(failed.has_value());
    const Status passed_on = fail(failed.error());
    CHECK(passed_on.error() == Error{.code = ErrorCode::not_found, .message = "no pool 'web'"});
}
