// Retries: which, when, and for how long.
#include "actuators/retry.h"

#include <array>

#include <doctest/doctest.h>

using namespace tided;
using namespace tided::actuators;
using namespace std::chrono_literals;

namespace {

const RetryRule no_jitter{.spread = 0.0};

Error error(ErrorCode code, Effect effect = Effect::none) {
    return {.code = code, .message = "it failed", .effect = effect};
}

}  // namespace

TEST_CASE("retry: only what a human need not mend is sent again") {
    struct Row {
        ErrorCode code;
        RetryKind kind;
    };
    const std::array<Row, 13> rows{{{ErrorCode::invalid_input, RetryKind::give_up},
                                    {ErrorCode::unauthenticated, RetryKind::give_up},
                                    {ErrorCode::forbidden, RetryKind::give_up},
                                    {ErrorCode::not_found, RetryKind::give_up},
                                    {ErrorCode::conflict, RetryKind::give_up},
                                    {ErrorCode::throttled, RetryKind::send_again},
                                    {ErrorCode::out_of_capacity, RetryKind::send_again},
                                    {ErrorCode::unavailable, RetryKind::send_again},
                                    {ErrorCode::timed_out, RetryKind::send_again},
                                    {ErrorCode::cancelled, RetryKind::give_up},
                                    {ErrorCode::unsupported, RetryKind::give_up},
                                    {ErrorCode::corrupt, RetryKind::give_up},
                                    {ErrorCode::internal, RetryKind::give_up}}};
    for (const Row& row : rows) {
        INFO(to_string(row.code));
        CHECK(next_retry(error(row.code), 1, 7).kind == row.kind);
        // Whatever the code: what may have happened is looked at first.
        CHECK(next_retry(error(row.code, Effect::unknown), 1, 7).kind == RetryKind::observe_first);
    }
}

TEST_CASE("retry: waits double up to the cap, then it gives up") {
    const RetryRule rule{.first = 1s, .cap = 5s, .attempts = 6, .spread = 0.0};
    const std::array<Duration, 5> waits{{1s, 2s, 4s, 5s, 5s}};
    for (std::int32_t attempt = 1; attempt <= 5; ++attempt) {
        const Retry retry = next_retry(error(ErrorCode::unavailable), attempt, 7, rule);
        CHECK(retry ==
              Retry{RetryKind::send_again, waits.at(static_cast<std::size_t>(attempt) - 1)});
    }
    CHECK(next_retry(error(ErrorCode::unavailable), 6, 7, rule) == Retry{});
}

TEST_CASE("retry: the peer's own wish is a floor, and too long a wish an end") {
    Error throttled = error(ErrorCode::throttled);
    throttled.retry_after = 30s;
    CHECK(next_retry(throttled, 1, 7, no_jitter).after == 30s);
    throttled.retry_after = 500ms;
    CHECK(next_retry(throttled, 1, 7, no_jitter).after == 1s);
    throttled.retry_after = 11min;
    CHECK(next_retry(throttled, 1, 7, no_jitter).kind == RetryKind::give_up);
}

TEST_CASE("retry: jitter spreads seeds, repeats for one seed and stays in its share") {
    const Error down = error(ErrorCode::unavailable);
    std::int32_t differing = 0;
    Duration shortest = 1h;
    Duration longest{};
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        const Duration wait = next_retry(down, 4, seed).after;
        CHECK(wait == next_retry(down, 4, seed).after);
        CHECK(wait >= 4s);
        CHECK(wait <= 8s);
        shortest = std::min(shortest, wait);
        longest = std::max(longest, wait);
        differing += wait == next_retry(down, 4, seed + 1).after ? 0 : 1;
    }
    CHECK(differing > 190);
    CHECK(shortest < 4200ms);
    CHECK(longest > 7800ms);
}
