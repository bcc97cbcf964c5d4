// The table of actuators: one row adds one.
#pragma once

#include <memory>
#include <string>

#include "actuators/actuator.h"
#include "actuators/process.h"
#include "actuators/spec.h"
#include "actuators/transport.h"

namespace tided::actuators {

/// The ports an actuator may be given. REQUIRES: what a kind of pool needs is not null, and
/// outlives the actuator.
struct Ports {
    Transport* transport = nullptr;  ///< the provider's session (kubernetes)
    Processes* processes = nullptr;  ///< this host (process_pool, exec)
    std::string state_id;            ///< made once with the state directory, kept in it: marks
                                     ///< children as this daemon's own
};

/// Errors: a spec that contradicts itself (config has refused it before).
[[nodiscard]] Result<std::unique_ptr<Actuator>> make_actuator(const PoolSpec& spec,
                                                              const Ports& ports);

/// The dry-run face of an actuator: everything is asked and no step is taken. apply answers done
/// without a call. tend is upkeep of what is there already: a crashed copy is started again, one
/// being stopped is killed after its grace; a pool that never ran starts nothing, whatever its
/// initial number. REQUIRES: `inner` outlives it.
[[nodiscard]] std::unique_ptr<Actuator> make_dry_run(Actuator& inner);

}  // namespace tided::actuators
