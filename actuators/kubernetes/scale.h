// Scale: the autoscaling/v1 object behind every scale subresource.
//
//   {"kind":"Scale","apiVersion":"autoscaling/v1",
//    "metadata":{"name","namespace","uid","resourceVersion"},
//    "spec":{"replicas":3},"status":{"replicas":3,"selector":"app=web"}}
//
// spec.replicas is left out when it is 0; status.replicas never is. A PUT that carries the
// resourceVersion that was read is a compare-and-swap: 409 when anything wrote in between.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "actuators/kubernetes/workload.h"
#include "policy/vocab/result.h"
#include "policy/vocab/units.h"

namespace tided::actuators::kubernetes {

struct Scale {
    std::string version;  ///< metadata.resourceVersion
    std::string uid;      ///< guards against an object deleted and made anew
    Replicas wanted;      ///< spec.replicas
    Replicas present;     ///< status.replicas

    friend bool operator==(const Scale&, const Scale&) = default;
};

/// Errors: corrupt, saying what is missing.
[[nodiscard]] Result<Scale> read_scale(std::string_view body);

/// The body of the PUT that sets `wanted`, on the version that `seen` has.
[[nodiscard]] std::string write_scale(const Workload& workload, const Scale& seen, Replicas wanted);

/// status.readyReplicas of the workload itself, for a custom resource else
/// status.availableReplicas; nothing when a custom resource reports neither. The built-in kinds
/// leave the member out when it is 0. Errors: corrupt.
[[nodiscard]] Result<std::optional<Replicas>> read_ready(const Workload& workload,
                                                         std::string_view body);

}  // namespace tided::actuators::kubernetes
