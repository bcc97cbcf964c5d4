// Templates: {index} and {port} in the command, environment, directory and probe of a process
// pool. "{{" and "}}" are not special: braces that hold no word are left alone.
#pragma once

#include "daemon/config/compile.h"

namespace tided::config {

/// Unknown placeholders, {port} without first_port, a probe that is the same for all processes,
/// a probe's syntax, names of variables.
void check_templates(Compiling& in, const Fields& pool);

/// Names of variables and NULs in their values.
void check_environment(Compiling& in, const Fields& pool);

}  // namespace tided::config
