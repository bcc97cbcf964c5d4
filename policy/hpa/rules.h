// Rules: where Kubernetes' controller changed its mind from release to release, and where the
// default profile departs from it. Everything else in hpa/ is the same for all profiles.
#pragma once

#include "policy/profile.h"

namespace tided::policy::hpa {

struct Rules {
    /// 1.28: |1 - ratio| <= tolerance, one for both directions. Since: 1 - down <= ratio <= 1 + up,
    /// so that a ratio of exactly 1.1 at 10 % changes nothing any more.
    bool tolerance_is_interval = true;
    /// A pod that has ended well is left out like one that has failed (2026).
    bool succeeded_is_ignored = true;
    /// 1.28: one sample without the named container fails the whole metric. Since 1.32 that pod
    /// is missing.
    bool container_must_report = false;
    /// Requests of the whole pod replace the sum of its containers' (PodLevelResources).
    bool pod_level_requests = true;
    /// 0 is left only while the ScaledToZero condition says who brought the workload there
    /// (HPAScaleToZero, since 1.36). Before: never while min > 0, always while min is 0.
    bool zero_needs_condition = true;
    /// Default profile: a container without a request leaves its pod out of the utilization, as a
    /// pod without a sample is; upstream loses the whole metric.
    bool request_may_lack = false;
    /// Default profile: above the target never fewer than asked for, below it never more. Upstream
    /// has this only once it has corrected for unready or missing pods, and shrinks an overloaded
    /// workload of which pods are not created yet.
    bool holds_against_ratio = false;
};

[[nodiscard]] const Rules& rules_of(Profile profile);

}  // namespace tided::policy::hpa
