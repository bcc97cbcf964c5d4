// ownership: the files of a state directory belong to whoever the directory belongs to. Root may
// run `tided run --once` or `tided state import` on the directory of the service: what it makes
// there is handed over, or the service, which is no root, could not open it afterwards. SQLite
// does the same for the files it makes beside tided.db.
#pragma once

#include <string>

#include "policy/vocab/result.h"

namespace tided::daemon {

/// Opens `path` for reading and writing, close-on-exec; makes it (0640, handed over) when it is
/// missing. The descriptor is the caller's. Errors: forbidden, with the owner and the cure when
/// they are why; a symbolic link is refused, for root could be led anywhere by it.
[[nodiscard]] Result<int> open_or_make(const std::string& path);

/// Gives the open file `path` to the owner of its directory if we are root. REQUIRES: we have
/// made it. Errors: unavailable.
[[nodiscard]] Status hand_over(int descriptor, const std::string& path);

}  // namespace tided::daemon
