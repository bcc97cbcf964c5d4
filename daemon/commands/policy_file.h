// The policy file as the command line meets it.
#pragma once

#include <optional>
#include <string>

#include "daemon/config/load.h"
#include "policy/vocab/time.h"

namespace tided::daemon {

inline constexpr const char* default_policy_file = "/etc/tided/tided.toml";

/// What the place we run in allows: the shipped unit sets TIDED_CONFINED=1, its drop-in
/// workers.conf sets 0.
[[nodiscard]] config::Confinement confinement();

/// Loads `path` and prints every diagnostic to standard error. `now` as in load.h.
[[nodiscard]] config::Loaded load_and_show(const std::string& path, std::optional<TimePoint> now);

}  // namespace tided::daemon
