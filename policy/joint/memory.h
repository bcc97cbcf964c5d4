// Memory: how much a replica needs, and how likely it needs more.
//
//   need(load) = fixed + per_core * load          load: cores of work that the replica carries
//   risk(m, load) = tail(m - per_core * (load - load at which the tail was seen))
//
// The tail is a staircase between its points and errs upward: between two points the lower one's
// probability holds, below the first one it is 1. Where only one need is known (a VPA target), all
// of it is fixed: memory that does not depend on load is the usual case (heap, caches).
#pragma once

#include <span>

#include "policy/joint/size.h"

namespace tided::policy::joint {

struct MemoryModel {
    Bytes fixed{};
    Bytes per_core{};

    friend constexpr bool operator==(const MemoryModel&, const MemoryModel&) = default;
};

/// What a replica was seen to need at a load.
struct MemorySample {
    Cores load{};
    Bytes memory{};
};

/// The line through the samples by least squares, never falling, raised until no sample is above
/// it. One load only: all of the memory is fixed. No samples: nothing is needed.
[[nodiscard]] MemoryModel fitted(std::span<const MemorySample> samples);

/// The probability that a replica needs more than `memory` at some moment of an hour: 0 .. 1.
struct TailPoint {
    Bytes memory{};
    double more = 0.0;
};

/// Points rise in memory and do not rise in probability. No points: nothing is known, risk is 0.
struct MemoryTail {
    std::span<const TailPoint> points = {};
    Cores load{};  ///< cores of work per replica while this was seen
};

[[nodiscard]] double risk(const MemoryTail& tail,
                          Bytes memory,
                          Cores load,
                          const MemoryModel& model);

/// What a replica killed for want of `had` needs: a fifth or 100 MiB more, whichever is more
/// (VPA's oom-bump-up-ratio and oom-min-bump-up-bytes).
[[nodiscard]] Bytes bumped(Bytes had);

}  // namespace tided::policy::joint
