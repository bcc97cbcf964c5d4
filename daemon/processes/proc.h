// What /proc says about processes: start time, group, environment. Reads only.
// Source: proc(5): field 3 state, 5 process group, 6 session, 22 start time in clock ticks since
// boot.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actuators/process.h"

namespace tided::daemon {

struct ProcessFacts {
    char state = '?';  ///< 'Z' = ended, waiting to be reaped
    std::int32_t parent = 0;
    std::int32_t group = 0;
    std::int32_t session = 0;
    std::uint64_t start_ticks = 0;
};

/// Reads the text of /proc/PID/stat; the program's name in it may hold spaces and parentheses.
[[nodiscard]] std::optional<ProcessFacts> parse_stat(std::string_view text);

/// Empty when there is no such process.
[[nodiscard]] std::optional<ProcessFacts> facts_of(std::int32_t pid);

/// The kernel's boot id, "" when it cannot be read.
[[nodiscard]] std::string boot_id();

/// Living processes of our user whose environment has actuators::mark_variable. One look at /proc
/// answers all who ask within 200 ms: at a start that may be ten thousand pools.
class MarkedProcesses {
public:
    /// Those whose mark begins with `prefix`, oldest first.
    [[nodiscard]] std::vector<actuators::Marked> find(std::string_view prefix);

    /// A process was started: the next one who asks gets a new look.
    void forget() { looked_at_.reset(); }

private:
    std::vector<actuators::Marked> all_;
    std::optional<std::chrono::steady_clock::time_point> looked_at_;
};

}  // namespace tided::daemon
