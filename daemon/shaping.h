// Shaping: count and size of a policy's replicas in one decision: what all of them use together,
// looked at with their usage, and the shape that carries it for the least money (policy/joint/).
//
//   cores in use, replicas, the memory each needs --choose--> Shape, what it costs, the runner-up
//
// It recommends and does nothing. Demand that is not wholly known is not noted, and nothing is said
// of a size for its price's sake before `learning` has passed; what cannot wait is said at once.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "daemon/config/vertical.h"
#include "daemon/size_view.h"
#include "policy/joint/choose.h"
#include "policy/vocab/shared.h"
#include "policy/vpa/history.h"

namespace tided::daemon {

/// What a policy and its pool say beside the sizing itself.
struct CountRules {
    Replicas min{1};
    Replicas max{1};
    double price_per_hour = 0.0;  ///< of a replica as it is; 0: not known
};

/// How likely a replica needs more memory than that in an hour, of the peaks of windows: one peak
/// each, so that what so many of them pass is passed once in so many windows.
[[nodiscard]] std::vector<policy::joint::TailPoint> tail_of(const policy::vpa::Aggregate& seen,
                                                            Duration window);

class Shaping {
public:
    /// What was seen of the replicas.
    struct Usage {
        Replicas replicas{};
        std::optional<policy::joint::Cores> used = std::nullopt;  ///< none: not all of it is known
        Bytes memory{};  ///< that each needs; 0: not known yet
        std::span<const policy::joint::TailPoint> tail = {};
    };

    Shaping(const config::Joint& rules, const CountRules& count);

    [[nodiscard]] ShapeView look(const Usage& usage, TimePoint now);
    /// A replica was killed for want of more memory than it had.
    void note_kill(Bytes had, TimePoint now);

    [[nodiscard]] const policy::joint::State& state() const { return state_; }
    void resume(const policy::joint::State& state) { state_ = state; }

private:
    policy::joint::Settings settings_;
    policy::joint::Size given_;
    policy::joint::State state_{};
};

}  // namespace tided::daemon
