// Input of the filters: a whole file, or standard input for "-".
#pragma once

#include <string>

#include "policy/vocab/result.h"

namespace tided::daemon {

/// Errors: not_found, forbidden, unavailable; the message names the file.
[[nodiscard]] Result<std::string> read_input(const std::string& file);

}  // namespace tided::daemon
