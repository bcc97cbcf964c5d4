// Settings: what a policy with both axes says. Every default is stated with its source; where that
// is "ours", it is a judgement that a policy may replace.
#pragma once

#include <cstdint>
#include <optional>

#include "policy/joint/grid.h"
#include "policy/vocab/time.h"

namespace tided::policy::joint {

/// What an hour costs. Defaults: OpenCost's for a cluster without a price list
/// (configs/default.json: Google's N2 in us-central1, USD). Only their ratio decides, so they serve
/// any currency.
struct Prices {
    double core = 0.031611;
    double gib = 0.004237;

    friend bool operator==(const Prices&, const Prices&) = default;
};

/// What a change or a kill costs: as much as running a replica of one core and 4 GiB for so long.
/// Defaults: ours. Removing must not be dearer than starting, nor resizing in place.
struct Costs {
    Duration start = std::chrono::minutes{12};   ///< a replica started, or restarted for its size
    Duration resize = std::chrono::minutes{1};   ///< a replica resized while it runs
    Duration removal = std::chrono::minutes{1};  ///< a replica drained and removed
    Duration out_of_memory = std::chrono::hours{24};  ///< a replica killed for want of memory

    friend bool operator==(const Costs&, const Costs&) = default;
};

/// All replicas together; none: no limit.
struct Quota {
    std::optional<MilliCpu> cpu = std::nullopt;
    std::optional<Bytes> memory = std::nullopt;

    friend bool operator==(const Quota&, const Quota&) = default;
};

enum class Resizing : std::uint8_t {
    never,     ///< the size stays, whatever it costs; only the count moves
    in_place,  ///< a running replica grows, and its CPU shrinks; less memory restarts it
    restart,   ///< every change of size restarts
};

struct Settings {
    Grid grid{};  ///< REQUIRES: a step on both axes
    Replicas min{1};
    Replicas max{1};  ///< >= min
    Quota quota{};
    Ratio target{
        0.7};      ///< of its CPU that a replica shall use: 0 < target <= 1 (HPA's utilization)
    Cores idle{};  ///< used by a replica without work; less than target of the smallest CPU
    Prices prices{};
    Costs costs{};
    Resizing resizing = Resizing::in_place;
    Ratio margin{0.1};     ///< another size must stay cheaper if demand rises by this (VPA: 0.1)
    Ratio tolerance{0.1};  ///< room that a smaller count must leave (HPA: 0.1), 0 <= tolerance < 1
    Duration size_interval =
        std::chrono::hours{12};                  ///< between sizes for price's sake (VPA: 12 h)
    Duration watched = std::chrono::days{7};     ///< demand that a size is priced on (ours: a week)
    Duration learning = std::chrono::hours{24};  ///< seen before the first price, < 0.9 * watched
    Duration payback = std::chrono::hours{24};   ///< a change is paid off in this time (ours)
    Duration oom_memory =
        std::chrono::days{8};  ///< a kill is remembered (VPA: 8 intervals of 24 h)

    friend bool operator==(const Settings&, const Settings&) = default;
};

}  // namespace tided::policy::joint
