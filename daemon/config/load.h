// load: the one path from a file or directory to a Config, used by `run`, `reload`, `check` and
// `step` alike.   text -> document with positions -> schema check -> compile
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/config/config.h"
#include "daemon/config/diagnostic.h"
#include "policy/vocab/time.h"

namespace tided::config {

/// What the place we run in allows; given by main, since this floor reads no environment.
struct Confinement {
    /// False in the shipped unit without workers.conf: process_pool, exec and exec credential
    /// plugins are then errors that name the drop-in.
    bool may_run_programs = true;
};

struct Loaded {
    Config config;                        ///< meaningful if there is no error among `diagnostics`
    std::vector<Diagnostic> diagnostics;  ///< sorted by file, line, column
    [[nodiscard]] bool ok() const;        ///< no errors (warnings may be there)
};

/// Reads `path`: a TOML file, or a directory whose *.toml are merged in name order.
/// Schedules are compiled for `now`, and what is over by then is warned of; without it policies
/// have no table yet (refresh() in schedules.h makes it) and nothing is over.
[[nodiscard]] Loaded load(const std::string& path,
                          const Confinement& confinement,
                          std::optional<TimePoint> now = std::nullopt);

/// The same from memory, under the name `file`.
[[nodiscard]] Loaded load_text(std::string_view file,
                               std::string_view text,
                               const Confinement& confinement,
                               std::optional<TimePoint> now = std::nullopt);

}  // namespace tided::config
