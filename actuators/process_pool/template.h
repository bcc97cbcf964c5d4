// Template of a child: "{index}" and "{port}" filled into the command a pool runs.
//
//   index   0, 1, 2 …        port   first_port + index
// Anything else in braces stays as it is. The environment is the one given and nothing more, but
// for the mark (process.h).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "actuators/process.h"
#include "actuators/spec.h"
#include "policy/vocab/result.h"

namespace tided::actuators {

/// Errors (invalid_input): no command, {port} without first_port, a port beyond 65535 for
/// `initial`, a probe that is neither tcp:// nor http://, the mark's variable in the environment.
[[nodiscard]] Status check_template(const ProcessPoolSpec& spec);

/// Errors (invalid_input): `count` copies would need ports beyond 65535, or a negative count.
[[nodiscard]] Status check_count(const ProcessPoolSpec& spec, Replicas count);

[[nodiscard]] std::string fill(std::string_view text,
                               const ProcessPoolSpec& spec,
                               std::int32_t index);

/// Tells commands apart, and whether their processes are kept: of the template, whatever the index.
/// The same in every build (FNV-1a), never 0.
[[nodiscard]] std::uint64_t fingerprint(const ProcessPoolSpec& spec);

/// The command of one child, with `mark` in its environment.
[[nodiscard]] Command fill_command(const ProcessPoolSpec& spec,
                                   std::int32_t index,
                                   const std::string& mark);

}  // namespace tided::actuators
