// Guards: vetoes on a decision, in fixed order. A guard never changes a number; it lets the step
// pass or says why not. All of them are asked, so that a plan shows every obstacle at once.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/decision.h"

namespace tided::policy {

/// A human's (or a rule's) order to leave a policy alone. Durable.
struct Pause {
    std::string owner = {};  ///< "uid=1000(alice)" as seen on the control socket
    std::string reason = {};
    TimePoint since{};
    std::optional<TimePoint> until = std::nullopt;  ///< none: until resumed

    /// After a wall-clock jump: it lasts as long as was asked for.
    void shift(Duration jump) {
        since += jump;
        if (until) {
            *until += jump;
        }
    }

    friend bool operator==(const Pause&, const Pause&) = default;
};

/// What is true around the policy at this instant.
struct Circumstances {
    TimePoint now{};
    const Pause* pause = nullptr;  ///< null: not paused
    bool step_in_flight = false;   ///< one step at a time per pool
    Duration observation_age{};
    Duration observation_max_age = std::chrono::seconds{60};
    std::optional<TimePoint> clock_held_until =
        std::nullopt;               ///< after a jump: no scale-down before
    bool self_partitioned = false;  ///< most sources and providers silent at once
    std::optional<TimePoint> retry_not_before = std::nullopt;  ///< back-off after a failed step
};

enum class GuardCode : std::uint8_t {
    self_partition,     ///< freezes everything, bounds too
    pause,              ///< freezes everything until its expiry
    in_flight,          ///< the step before this one is not over
    observation_stale,  ///< both directions: "up to 7" from an old 4 may be a step down
    clock_jump,         ///< scale-down only
    back_off,           ///< no retry yet
};

/// "pause", "in_flight": as in metric labels and `tided explain`.
[[nodiscard]] std::string_view to_string(GuardCode code);

struct Refusal {
    GuardCode guard{};
    std::string why;  ///< a clause: "paused by alice until 10:00: maintenance"

    friend bool operator==(const Refusal&, const Refusal&) = default;
};

struct Plan {
    std::optional<Replicas> step_to;  ///< set when a step should be made
    std::vector<Refusal> refusals;    ///< empty at rest
};

/// The decision past all guards. At rest (desired == current) nothing is allocated.
[[nodiscard]] Plan plan(const Decision& decision, const Circumstances& circumstances);

}  // namespace tided::policy
