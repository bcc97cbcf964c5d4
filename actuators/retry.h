// Retry: whether a failed call may be sent again, and when. Pure: the caller waits.
//
//   wait(n) = min(first * 2^(n-1), cap) * (1 - spread * u),  u = hash(seed, n) in [0, 1)
//   and never before the peer's own Retry-After. Full tables of codes are in error.h.
//
// The jitter is a hash, so a replay waits exactly as long as the run it replays.
#pragma once

#include <cstdint>

#include "policy/vocab/error.h"
#include "policy/vocab/time.h"

namespace tided::actuators {

struct RetryRule {
    Duration first = std::chrono::seconds{1};
    Duration cap = std::chrono::minutes{1};
    std::int32_t attempts = 6;  ///< calls in all, the first one included; >= 1
    double spread = 0.5;        ///< share of the wait that jitter may take off, 0 .. 1
    Duration patience = std::chrono::minutes{10};  ///< a longer Retry-After means: give up

    friend bool operator==(const RetryRule&, const RetryRule&) = default;
};

enum class RetryKind : std::uint8_t {
    send_again,     ///< the same call, after `after`
    observe_first,  ///< it may have happened: observe after `after`, then decide
    give_up         ///< repeating cannot help, or has not: report and decide afresh
};

struct Retry {
    RetryKind kind = RetryKind::give_up;
    Duration after{};  ///< not with give_up

    friend bool operator==(const Retry&, const Retry&) = default;
};

/// What to do after the `attempt`-th call (1, 2 …) of one step failed with `error`.
/// `seed` makes the jitter: hash of the step's id.
[[nodiscard]] Retry next_retry(const Error& error,
                               std::int32_t attempt,
                               std::uint64_t seed,
                               const RetryRule& rule = {});

}  // namespace tided::actuators
