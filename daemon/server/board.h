// Board: the policies as others see them. Numbers are rewritten by the loop every tick; words are
// made here, and only when somebody reads them.
#pragma once

#include <string_view>

#include "daemon/fleet.h"
#include "daemon/telemetry/telemetry.h"

namespace tided::daemon {

class Board : public PolicyViews {
public:
    /// REQUIRES: `fleet` outlives the board; its content may change between calls.
    explicit Board(const Fleet& fleet) : fleet_(fleet) {}

    [[nodiscard]] std::size_t count() const override { return fleet_.policies.size(); }
    [[nodiscard]] const PolicyView& at(std::size_t index) const override;
    [[nodiscard]] const PolicyView* find(std::string_view name) const override;

private:
    const Fleet& fleet_;
};

/// The policy of that name, or nullptr.
[[nodiscard]] LivePolicy* find_policy(const Fleet& fleet, std::string_view name);

}  // namespace tided::daemon
