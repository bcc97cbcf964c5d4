// Combine: the proposals of several metrics become one. The largest wins, and who is unsure never
// lowers the number (HPA: a failed metric permits scaling up on the others, never down).
#pragma once

#include <optional>

#include "policy/decide.h"

namespace tided::policy {

struct Combined {
    std::optional<Replicas> largest;  ///< of the usable metrics; none when there is none
    bool permitted = false;           ///< false: hold, `largest` must not be followed
};

/// Asks each metric's strategy and adds one link per metric that is no mere input, and one more
/// when the result is not permitted. The order of metrics changes the order of links, never the
/// result. REQUIRES: inputs.observed is not null; at most 255 metrics.
[[nodiscard]] Combined combine(const PolicySpec& spec,
                               const Inputs& inputs,
                               const PolicyState& state,
                               ReasonChain& reasons);

}  // namespace tided::policy
