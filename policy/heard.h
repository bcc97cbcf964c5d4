// Heard: whether the readings say enough, to judge a metric or to remove replicas. A rule may be
// followed without the value of its own metric where that has none by nature: a latency, while
// nothing is asked of the pool.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "policy/spec.h"
#include "policy/vocab/reading.h"

namespace tided::policy {

/// Whether the metric's source has answered that there is no value, and the metric's rule can be
/// followed all the same by the other readings, at that count of replicas.
/// REQUIRES: metric < spec.metrics.size().
[[nodiscard]] bool speaks_without_value(const PolicySpec& spec,
                                        std::span<const Reading> readings,
                                        std::size_t metric,
                                        Replicas count);

/// The first metric by which fewer than `count` replicas cannot be decided, for it is not fresh;
/// none: nothing is missing. Needed is the reading of each metric with a strategy, and of those
/// that its rule names; what a formula reads is told by the formula's own reading, as far as it
/// needs it. Readings that were not handed in are not looked at.
[[nodiscard]] std::optional<std::size_t> first_not_fresh(const PolicySpec& spec,
                                                         std::span<const Reading> readings,
                                                         Replicas count);

}  // namespace tided::policy
