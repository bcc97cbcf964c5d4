// Retries: how long a pool rests after which failure.
#include "actuators/retry.h"

#include <algorithm>
#include <array>

#include <doctest/doctest.h>

using namespace tided;
using namespace tided::actuators;
using namespace std::chrono_literals;

namespace {

const RetryRule no_jitter{.spread = 0.0};

Error error(ErrorCode code) {
    return {.code = code, .message = "it failed"};
}

}  // namespace

TEST_CASE("retry: a passing fault is tried again soon, what a human must mend rarely") {
    struct Row {
        ErrorCode code;
        Duration wait;
    };
    const std::array<Row, 13> rows{{{ErrorCode::invalid_input, 5s},
                                    {ErrorCode::unauthenticated, 5s},
                                    {ErrorCode::forbidden, 5s},
                                    {ErrorCode::not_found, 5s},
                                    {ErrorCode::conflict, 5s},
                                    {ErrorCode::throttled, 1s},
                                    {ErrorCode::out_of_capacity, 1s},
                                    {ErrorCode::unavailable, 1s},
                                    {ErrorCode::timed_out, 1s},
                                    {ErrorCode::cancelled, 5s},
                                    {ErrorCode::unsupported, 5s},
                                    {ErrorCode::corrupt, 1s},
                                    {ErrorCode::internal, 5s}}};
    for (const Row& row : rows) {
        INFO(to_string(row.code));
        CHECK(next_wait(error(row.code), 1, "s-1", no_jitter) == row.wait);
        CHECK(next_wait(error(row.code), 9, "s-1", no_jitter) == 1min);
    }
}

TEST_CASE("retry: waits double up to the cap") {
    const RetryRule rule{.first = 1s, .cap = 5s, .spread = 0.0};
    std::int32_t failures = 0;
    for (const Duration wait : {1s, 2s, 4s, 5s, 5s}) {
        CHECK(next_wait(error(ErrorCode::unavailable), ++failures, "s-1", rule) == wait);
    }
    CHECK(next_wait(error(ErrorCode::unavailable), 1'000'000, "s-1", rule) == 5s);
}

TEST_CASE("retry: the peer's own wish is a floor, as far as patience goes") {
    Error throttled = error(ErrorCode::throttled);
    throttled.retry_after = 30s;
    CHECK(next_wait(throttled, 1, "s-1", no_jitter) == 30s);
    throttled.retry_after = 500ms;
    CHECK(next_wait(throttled, 1, "s-1", no_jitter) == 1s);
    throttled.retry_after = 24h;
    CHECK(next_wait(throttled, 1, "s-1", no_jitter) == 10min);
}

TEST_CASE("retry: jitter spreads steps, repeats for one step and stays in its share") {
    const Error down = error(ErrorCode::unavailable);
    Duration shortest = 1h;
    Duration longest{};
    for (int i = 0; i < 200; ++i) {
        const std::string step = "s-" + std::to_string(i);
        const Duration wait = next_wait(down, 4, step);
        CHECK(wait == next_wait(down, 4, step));
        CHECK(wait >= 4s);
        CHECK(wait <= 8s);
        shortest = std::min(shortest, wait);
        longest = std::max(longest, wait);
    }
    CHECK(shortest < 4200ms);
    CHECK(longest > 7800ms);
}
