// Pods: which of them a decision may count on, and what they use of what they asked for.
// Kubernetes' horizontal controller, replica_calculator (own words):
//
//   ignored   being deleted, failed, or ended            not there at all
//   unready   pending; for cpu also: not ready, or ready for too short a time to be measured
//   missing   no sample
//   ready     the rest
//
// Nothing is stored: a pod's group is worked out where it is asked for, so that a workload of any
// size is judged without allocating.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "policy/hpa/rules.h"
#include "policy/vocab/pod_samples.h"

namespace tided::policy::hpa {

/// How pods are looked at for one metric.
struct PodView {
    const Rules& rules;
    TimePoint now{};
    PodTiming timing = {};
    std::string_view container = {};  ///< ContainerResource: which one; "" = all of them
    bool is_cpu = false;              ///< Resource and ContainerResource on cpu
    bool is_plain = false;            ///< Pods metrics: one value a pod, no containers
};

enum class PodGroup : std::uint8_t { ready, unready, missing, ignored };

/// The pod's sample in milli-units; none when it has none, or lacks a container's amount.
[[nodiscard]] std::optional<std::int64_t> sample_of(const Pod& pod, const PodView& view);

[[nodiscard]] PodGroup group_of(const Pod& pod, const PodView& view);

/// What a pod asked for.
struct Requested {
    std::optional<std::int64_t> milli = std::nullopt;
    std::string_view lacking = {};  ///< the container without a request, or that is not there
};

[[nodiscard]] Requested requested_by(const Pod& pod, const PodView& view);

/// a + b, held at the ends of int64.
[[nodiscard]] std::int64_t saturated_sum(std::int64_t a, std::int64_t b);

}  // namespace tided::policy::hpa
