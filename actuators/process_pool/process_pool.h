// Process pool: N copies of one command on the daemon's own host, kept at N. The embedded default:
// it needs no orchestrator. This file drives the state machine of children.h on the Processes port.
//
// apply only notes the number (it is durable with the checkpoint, like a Deployment's scale); tend
// starts, probes, stops and restarts. Without keep, children end with the daemon and the next run
// starts `wanted` again. With keep they survive: restore adopts what the checkpoint names. A reload
// hands them over to the next pool with or without keep.
//
// Before anything is started, a sweep for the mark in the environment finds what neither checkpoint
// nor kernel takes care of: kept children spawned after the checkpoint was written are adopted, and
// what a child that is gone left running (a shell's command, a master's workers) is ended, with
// keep and without. So no crash, wherever it falls, orphans or doubles a child. A program that
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
