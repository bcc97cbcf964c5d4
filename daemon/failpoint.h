// Failpoints: places where a test may kill the daemon as a power cut would. TIDED_FAILPOINT=NAME
// or NAME:COUNT in the environment makes the COUNT-th passage (default the first) of that place
// send SIGKILL to the own process. The variable is read once; without it a place costs a branch.
//
// A facility for tests only: nothing else in the daemon's behaviour depends on it.
// Places: before_intent after_intent answer_read outcome_written (executor.cpp), call_sent: a child
// was spawned (process_runner.cpp), a request that changes something has left (http_client.cpp).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tided::daemon {

struct Failpoint {
    std::string name;  ///< "" = none armed
    std::uint32_t count = 1;

    friend bool operator==(const Failpoint&, const Failpoint&) = default;
};

/// Reads "NAME" or "NAME:COUNT"; a count that is no positive number arms nothing.
[[nodiscard]] Failpoint parse_failpoint(std::string_view text);

/// Passes the place `name`: returns, unless this is the armed one's COUNT-th passage.
void failpoint(std::string_view name);

}  // namespace tided::daemon
