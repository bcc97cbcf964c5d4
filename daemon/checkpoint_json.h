// checkpoint_json: checkpoints as Kubernetes stores them, to take histories over from its
// VerticalPodAutoscaler and to hand them on (autoscaling.k8s.io/v1, types.go).
//
//   {"kind":"List","items":[{"kind":"VerticalPodAutoscalerCheckpoint",
//     "metadata":{"namespace":…},"spec":{"vpaObjectName":…,"containerName":…},
//     "status":{"version":"v3","cpuHistogram":{"bucketWeights":{"12":10000},"totalWeight":1.5,
//       "referenceTimestamp":…},"memoryHistogram":{…},"firstSampleStart":…,"lastSampleStart":…,
//       "totalSamplesCount":…,"lastUpdateTime":…}}]}
//
// Read as `kubectl get verticalpodautoscalercheckpoint -o json` gives them: a list or one object.
// Instants are RFC 3339, null and absent alike mean never.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "policy/vocab/result.h"
#include "policy/vocab/time.h"
#include "policy/vpa/checkpoint.h"

namespace tided::daemon {

struct NamedCheckpoint {
    std::string space;      ///< the namespace, ""
    std::string vpa;        ///< of which VerticalPodAutoscaler it is
    std::string container;  ///< not ""
    policy::vpa::Checkpoint checkpoint{};

    friend bool operator==(const NamedCheckpoint&, const NamedCheckpoint&) = default;
};

/// A list.
[[nodiscard]] std::string checkpoints_json(const std::vector<NamedCheckpoint>& checkpoints,
                                           TimePoint now);

/// Errors: invalid_input with the place ("items[2].status.cpuHistogram.totalWeight: …"), none at
/// all, one of another version.
[[nodiscard]] Result<std::vector<NamedCheckpoint>> parse_checkpoints(std::string_view text);

}  // namespace tided::daemon
