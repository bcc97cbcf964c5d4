// Workload: what a kubernetes pool scales, as it is written in the policy file:
//
//   deployment/NAMESPACE/NAME     likewise statefulset, replicaset, replicationcontroller
//   GROUP/VERSION/PLURAL/NAMESPACE/NAME     anything else with a scale subresource
#pragma once

#include <string>
#include <string_view>

#include "policy/vocab/result.h"

namespace tided::config {

/// One spelling per object: "apps/v1/deployments/prod/web" for "deployment/prod/web". Errors say
/// what is wrong with the text.
[[nodiscard]] Result<std::string> canonical_workload(std::string_view text);

}  // namespace tided::config
