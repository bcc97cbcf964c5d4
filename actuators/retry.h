// Retry: how long a pool rests after failed steps, before another is decided. Pure: the caller
// waits, observes, and decides afresh; nothing sends the same call again blindly.
//
//   passing fault      min(first * 2^(n-1), cap) * (1 - spread * u),  u = hash(step, n) in [0, 1)
//   a human must mend  the same from `mending` on: refused rights, wrong input, what is not built
//   in and in any case not before the peer's own Retry-After, as far as `patience` goes.
//
// The jitter is a hash, so a replay waits exactly as long as the run it replays.
#pragma once

#include <cstdint>
#include <string_view>

#include "policy/vocab/error.h"
#include "policy/vocab/time.h"

namespace tided::actuators {

struct RetryRule {
    Duration first = std::chrono::seconds{1};
    Duration mending = std::chrono::seconds{5};
    Duration cap = std::chrono::minutes{1};
    double spread = 0.5;                           ///< share that jitter may take off, 0 .. 1
    Duration patience = std::chrono::minutes{10};  ///< a longer Retry-After is cut to this

    friend bool operator==(const RetryRule&, const RetryRule&) = default;
};

/// The rest after the `failures`-th failed step in a row (1, 2 …), the last of which was `step_id`.
[[nodiscard]] Duration next_wait(const Error& error,
                                 std::int32_t failures,
                                 std::string_view step_id,
                                 const RetryRule& rule = {});

}  // namespace tided::actuators
