// Kubernetes: a pool that is anything with a scale subresource. Source: the API reference for
// autoscaling/v1 Scale, valid from 1.28 on.
//
//   observe   GET …/scale, then GET the object itself for what is ready
//   apply     GET …/scale -> as asked already: done; not as the step saw it: refused (conflict);
//             else PUT …/scale on that resourceVersion. 409 means only that something wrote (status
//             updates do all the time): read again, same number: PUT again, at most 5 times.
//
// apply begins by looking, so the same step may be asked as often as it takes: a lost answer to the
// PUT is pending, and the next ask finds the number there or sets it.
#pragma once

#include <memory>

#include "actuators/actuator.h"
#include "actuators/actuators.h"
#include "actuators/spec.h"
#include "policy/vocab/result.h"

namespace tided::actuators {

/// REQUIRES: ports.transport is not null. Errors: those of parse_workload.
[[nodiscard]] Result<std::unique_ptr<Actuator>> make_kubernetes(const KubernetesSpec& spec,
                                                                const Ports& ports);

}  // namespace tided::actuators
