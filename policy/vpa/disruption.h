// Disruption: how many pods of one workload the updater may take down or resize at once.
//
//   tolerance = trunc(configured * fraction)
//   one more, if running - disrupted > configured - tolerance,
//             or if all are running, tolerance is 0 and none was disrupted yet
//
// after the VPA's updater (pods restriction). So two replicas lose one at a time, ten lose five,
// and one, where a single replica is allowed at all, can be changed too. Pods still pending are not
// running: evicting one disrupts nothing.
#pragma once

#include "policy/vocab/units.h"

namespace tided::policy::vpa {

struct DisruptionSettings {
    Replicas min_replicas{2};  ///< a group with fewer live pods is left alone
    Ratio fraction{0.5};       ///< --eviction-tolerance
};

/// The pods of one controller. `configured` is what it should run: the ready count of a DaemonSet,
/// the live pods of a Job, else its replicas.
struct Group {
    Replicas configured{};
    Replicas running{};
    Replicas pending{};
    Replicas disrupted{};  ///< evicted or resized in this round
};

[[nodiscard]] Replicas tolerance(Replicas configured, Ratio fraction);

[[nodiscard]] bool is_large_enough(const Group& group, const DisruptionSettings& settings);

/// Whether one more running pod may be disrupted.
[[nodiscard]] bool may_disrupt(const Group& group, const DisruptionSettings& settings);

}  // namespace tided::policy::vpa
