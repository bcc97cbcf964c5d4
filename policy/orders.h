// Orders: what humans (or rules that stand for them) have said about acting. Durable: they survive
// restarts, and a wall-clock jump moves them along.
#pragma once

#include <optional>
#include <string>

#include "policy/vocab/time.h"
#include "policy/vocab/units.h"

namespace tided::policy {

/// An order to leave a policy alone.
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

/// The emergency brake: one order that stops every step of every policy until it is released.
struct Brake {
    std::string owner = {};
    std::string reason = {};
    TimePoint since{};

    friend bool operator==(const Brake&, const Brake&) = default;
};

/// A yes to one large step of one policy: to any count between the present one and `to`, the way
/// that `to` lay when it was given.
struct Approval {
    std::string owner = {};
    std::string reason = {};
    Replicas to{};
    TimePoint until{};  ///< one step uses it up, or time does
    /// The count when it was given; none: not known then, so either way.
    std::optional<Replicas> from = std::nullopt;

    friend bool operator==(const Approval&, const Approval&) = default;
};

}  // namespace tided::policy
