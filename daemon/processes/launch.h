// launch: one program started cleanly. Between vfork and exec the child
//   leads a session and process group of its own · may get a parent-death signal (SIGKILL), with
//   the race "the parent died first" closed by getppid · has exactly three descriptors · default
//   signals, nothing blocked · the directory and environment given, nothing of ours.
// A failure before the program runs (no such directory, not executable) is an error of launch().
// The parent-death signal is tied to the launching thread: launch from one that lives as long as
// the daemon.
#pragma once

#include <cstdint>

#include <sys/types.h>

#include "actuators/process.h"

namespace tided::daemon {

/// What the child's descriptors 0, 1 and 2 are; all must be open in the caller.
struct Stdio {
    int in = -1;
    int out = -1;
    int err = -1;
};

/// The file to execute: argv[0] when it has a slash, else the first executable file of that name
/// in the environment's PATH. Errors: invalid_input (empty argv), not_found, forbidden.
[[nodiscard]] Result<std::string> find_program(const actuators::Command& command);

[[nodiscard]] Result<pid_t> launch(const actuators::Command& command,
                                   Stdio stdio,
                                   actuators::Lifetime lifetime);

}  // namespace tided::daemon
