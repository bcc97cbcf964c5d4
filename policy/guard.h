// Guards: vetoes on a decision. A guard never changes a number; it lets the step pass or says why
// not. All of them are asked, so that a plan shows every obstacle at once, and told in the order of
// GuardCode:
//
//   orders      brake, pause, freeze, approval          what somebody has said
//   knowledge   self_partition, observation_stale, clock_jump, bounds, freshness
//   pace        in_flight, back_off, cooldown, steps_per_hour, flapping
//   fleet       what all policies together may do (fleet.h), asked when all plans are known
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "policy/decision.h"
#include "policy/orders.h"
#include "policy/spec.h"
#include "policy/state.h"

namespace tided::policy {

/// What is true around the policy at this instant.
struct Circumstances {
    TimePoint now{};
    const Brake* brake = nullptr;        ///< null: not pulled
    const Pause* pause = nullptr;        ///< null: not paused
    const Approval* approval = nullptr;  ///< null: none was given
    bool step_in_flight = false;         ///< one step at a time per pool
    Duration observation_age{};
    Duration observation_max_age = std::chrono::seconds{60};
    std::optional<TimePoint> clock_held_until =
        std::nullopt;               ///< after a jump: no scale-down before
    bool self_partitioned = false;  ///< most sources and providers silent at once
    std::optional<TimePoint> retry_not_before = std::nullopt;  ///< back-off after a failed step
    std::span<const Reading> readings = {};                    ///< those of the decision
};

enum class GuardCode : std::uint8_t {
    brake,              ///< freezes everything, survives a restart
    self_partition,     ///< freezes everything, bounds too
    pause,              ///< freezes everything until its expiry
    freeze,             ///< no step inside a freeze window
    observation_stale,  ///< both directions: "up to 7" from an old 4 may be a step down
    clock_jump,         ///< scale-down only
    bounds,             ///< a number outside min..max never leaves, whoever made it
    freshness,          ///< scale-down only, when a reading that it needs is not fresh
    in_flight,          ///< the step before this one is not over
    back_off,           ///< no retry yet
    cooldown,           ///< too soon after the last step
    steps_per_hour,     ///< the budget of steps is spent
    flapping,           ///< scale-down only: it turned round too often
    approval,           ///< a step of that size needs a human's yes
    blast_radius,       ///< all policies together do too much at once (fleet.h)
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
[[nodiscard]] Plan plan(const PolicySpec& spec,
                        const PolicyState& state,
                        const Decision& decision,
                        const Circumstances& circumstances);

/// Whether a step of this size waits for a human's yes.
[[nodiscard]] bool needs_approval(const ApprovalRule& rule, const Decision& decision);

/// The instant as guards tell it: RFC 3339, without a fraction that is zero.
[[nodiscard]] std::string instant(TimePoint at);

}  // namespace tided::policy
