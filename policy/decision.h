// Decision: what a policy wants at one instant and why; Plan: what the guards leave of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "policy/reason.h"
#include "policy/vocab/units.h"

namespace tided::policy {

enum class Direction : std::uint8_t { hold, up, down };

/// "hold", "up", "down": as in metric labels.
[[nodiscard]] std::string_view to_string(Direction direction);

struct Decision {
    TimePoint now{};
    Replicas current{};  ///< observed; meaningful if `observation_known`
    bool observation_known = false;
    std::optional<Replicas> wished =
        std::nullopt;    ///< largest raw proposal before anything changed it
    Replicas desired{};  ///< after stabilisation, rates and bounds; as meaningful as `current`
    Replicas lowest{};   ///< the bounds that held at this instant
    Replicas highest{};
    ReasonChain reasons = {};

    [[nodiscard]] Direction direction() const {
        if (!observation_known || desired == current) {
            return Direction::hold;
        }
        return desired > current ? Direction::up : Direction::down;
    }
};

}  // namespace tided::policy
