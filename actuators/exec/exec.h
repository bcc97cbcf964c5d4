// Exec: a pool that programs of the user observe and change. The protocol is in protocol.h: one
// JSON object in, one out. No shell: argv as given, the environment exactly as given.
//
//   what happens                       observe           apply
//   cannot be started                  the port's code   failed, nothing happened
//   exit status != 0, killed           unavailable       failed, effect unknown
//   no or broken answer                corrupt           failed, effect unknown
//   deadline passed, too much output   the port's code   failed, effect unknown
//
// Every message names the pool and the program and ends with the last line of its standard error.
#pragma once

#include <memory>

#include "actuators/actuator.h"
#include "actuators/actuators.h"
#include "actuators/spec.h"
#include "policy/vocab/result.h"

namespace tided::actuators {

/// REQUIRES: ports.processes is not null. Errors: invalid_input, a program without a name.
[[nodiscard]] Result<std::unique_ptr<Actuator>> make_exec(const ExecSpec& spec, const Ports& ports);

}  // namespace tided::actuators
