// Headroom: how much above the present level of load a pool is kept, learned from how much the load
// has grown within the time a new replica takes to serve.
//
//   growth    = max(load over the horizon) / level before it
//   headroom  = the 99.5 % quantile of growth over about the last two days, held to 1 .. most
//   most      = 1.25 for a load that never bursts, falling to 1.10 + 4 x agitation (1.25 at most)
//               for one whose growths are bursts in 1 % of the time or more
// The growths are a histogram of 48 logarithmic bins of 1.25 %, decaying with a half-life of two
// days: the way Kubernetes' VPA keeps its samples. A growth beyond 35 % is a burst: room for
// bursts all day costs more than it is worth, so they are left out of the quantile (surge and
// recurrence see to them), and a load that bursts anyway is not given room as if it did not.
#pragma once

#include <array>
#include <cstddef>

#include "policy/forecast/load_history.h"

namespace tided::policy::forecast {

struct Headroom {
    static constexpr std::size_t bin_count = 48;

    std::array<float, bin_count> bins{};
    float total = 0.0F;
    float bursts = 0.0F;  ///< weight of the growths left out
    /// Usual change of load from entry to entry, as a share of it: mean over about an hour.
    float agitation = 0.0F;

    friend bool operator==(const Headroom&, const Headroom&) = default;
};

/// Learns from the youngest entry; `horizon` entries back is the load that it is compared with.
void learn(Headroom& headroom, const LoadHistory& history, std::size_t horizon);

/// The factor, >= 1. Before an hour of entries: the most it may be.
[[nodiscard]] double factor(const Headroom& headroom);

}  // namespace tided::policy::forecast
