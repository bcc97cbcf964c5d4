// StandingOrders: what humans have ordered of the daemon as a whole or for one step, and what the
// fleet's limits have seen. Durable as facts of the state, so a restart keeps the brake pulled and
// does not refill a limit.
//
//   brake              {"owner":…,"reason":…,"since":ms}
//   approval/POLICY    {"owner":…,"reason":…,"to":N,"until":ms,"from":N}
//   fleet_steps        [[ms,change],…]
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/state/store.h"
#include "policy/fleet.h"
#include "policy/orders.h"

namespace tided::daemon {

/// "steps up to 12 are approved by alice until 2026-11-24T10:00:00Z: match day"
[[nodiscard]] std::string in_words(const policy::Approval& approval);

/// "the emergency brake was pulled by alice at 2026-11-24T10:00:00Z: INC-7"
[[nodiscard]] std::string in_words(const policy::Brake& brake);

class StandingOrders {
public:
    /// What the last run left; a fact that cannot be read is told to `complain` and dropped.
    template <typename Complain>
    void recall(const std::map<std::string, std::string>& facts, const Complain& complain) {
        for (const std::string& problem : recall_all(facts)) {
            complain(problem);
        }
    }

    [[nodiscard]] const std::optional<policy::Brake>& brake() const { return brake_; }
    void set_brake(std::optional<policy::Brake> brake) { brake_ = std::move(brake); }

    /// Null when there is none in force.
    [[nodiscard]] const policy::Approval* approval(const std::string& policy, TimePoint now) const;
    void approve(const std::string& policy, policy::Approval approval);
    /// False when there was none in force.
    [[nodiscard]] bool withdraw(const std::string& policy, TimePoint now);
    /// One step has used it up. Also forgets what time has used up.
    void use_approval(const std::string& policy, TimePoint now);

    [[nodiscard]] std::vector<policy::FleetStep>& fleet_steps() { return fleet_steps_; }

    /// After a wall-clock jump.
    void shift(Duration jump);

    /// The facts that differ from the last call.
    [[nodiscard]] Batch changes();
    /// What changes() gave could not be written: the next call gives it again.
    void not_written(const Batch& changes);

private:
    [[nodiscard]] std::vector<std::string> recall_all(
        const std::map<std::string, std::string>& facts);

    std::optional<policy::Brake> brake_;
    std::map<std::string, policy::Approval> approvals_;
    std::vector<policy::FleetStep> fleet_steps_;
    std::map<std::string, std::string> written_;  ///< the facts as they stand in the state
};

}  // namespace tided::daemon
