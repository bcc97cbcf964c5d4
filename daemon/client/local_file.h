// Local files as the floors below may see them: content up to a limit, and which files a pattern
// names.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "policy/vocab/result.h"

namespace tided::daemon {

/// Errors: not_found, forbidden, unavailable, invalid_input (over `limit`); all name the path.
[[nodiscard]] Result<std::string> read_local_file(const std::string& path, std::size_t limit);

/// The files that `pattern` names, sorted; wildcards as in a shell.
/// Errors: a directory that cannot be read.
[[nodiscard]] Result<std::vector<std::string>> list_local_files(const std::string& pattern);

}  // namespace tided::daemon
