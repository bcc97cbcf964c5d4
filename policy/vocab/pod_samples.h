// PodSamples: what is known of every pod of a workload at one instant, for metrics that are
// measured per pod (HPA's Resource, ContainerResource and Pods metrics). Views only: who fills it
// keeps the memory until the decision is made.
//
//   pods        every pod the workload's selector lists, each with its sample, if it has one
//   strangers   samples of names that are no pods of the list
//
// Amounts are thousandths of the metric's unit (millicores, millibytes), as the metrics APIs have
// them, rounded up.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "policy/vocab/time.h"

namespace tided {

enum class PodPhase : std::uint8_t { pending, running, succeeded, failed, unknown };

/// The status of the pod's Ready condition.
enum class Readiness : std::uint8_t { absent, yes, no, unknown };

/// One container's usage or request of the metric's resource; no amount: it has none.
struct ContainerAmount {
    std::string_view container = {};
    std::optional<std::int64_t> milli = std::nullopt;
};

struct PodUsage {
    std::span<const ContainerAmount> containers = {};  ///< Resource, ContainerResource
    std::int64_t milli = 0;                            ///< Pods: the one value of the pod
    TimePoint at{};
    Duration window{};  ///< what the sample spans, ending at `at`
};

struct Pod {
    std::string_view name = {};
    PodPhase phase = PodPhase::running;
    bool is_deleted = false;  ///< it has a deletionTimestamp
    Readiness ready = Readiness::absent;
    std::optional<TimePoint> started = std::nullopt;
    TimePoint ready_since{};  ///< the Ready condition's last transition
    /// Of the metric's resource: every container and every init container that runs on.
    std::span<const ContainerAmount> requests = {};
    std::optional<std::int64_t> pod_request = std::nullopt;  ///< pod-level resources, milli
    std::optional<PodUsage> usage = std::nullopt;
};

struct PodSamples {
    std::span<const Pod> pods = {};
    std::span<const PodUsage> strangers = {};
};

}  // namespace tided
