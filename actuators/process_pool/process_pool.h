// Process pool: N copies of one command on the daemon's own host, kept at N. The embedded default:
// it needs no orchestrator. This file drives the state machine of children.h on the Processes port.
//
// apply only notes the number (it is durable with the checkpoint, like a Deployment's scale); tend
// starts, probes, stops and restarts. Without keep, children end with the daemon and the next run
// starts `wanted` again. With keep they survive: restore adopts what the checkpoint names, and a
// sweep for the mark in their environment finds those spawned after it was written, before anything
// new is spawned: so no crash, wherever it falls, orphans or doubles a child. A program that
// overwrites its own environment block is found by the checkpoint alone.
#pragma once

#include <memory>

#include "actuators/actuator.h"
#include "actuators/actuators.h"
#include "actuators/spec.h"
#include "policy/vocab/result.h"

namespace tided::actuators {

/// REQUIRES: ports.processes is not null. Errors: those of check_template.
[[nodiscard]] Result<std::unique_ptr<Actuator>> make_process_pool(const ProcessPoolSpec& spec,
                                                                  const Ports& ports);

}  // namespace tided::actuators
