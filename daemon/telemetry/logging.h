// Logging: five levels by what the operator does about it.
//   error = act now · warn = look today · info = one line per change · debug = per tick · trace
// Sentence first, then key=value. On standard error under systemd each line carries the journal's
// priority prefix ("<4>"). Nothing else in the project touches spdlog.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "policy/vocab/event.h"
#include "policy/vocab/result.h"

namespace tided::daemon {

enum class LogLevel : std::uint8_t { error, warn, info, debug, trace };

/// Sets up logging: `file` empty = standard error (with <N> prefixes when JOURNAL_STREAM is set).
/// May be called again (reload, SIGUSR1 re-opens the file). Errors: unknown level, file cannot be
/// opened.
[[nodiscard]] Status set_up_logging(std::string_view level, const std::string& file);

/// Cheap when the level is off; never blocks the loop on a slow disk for longer than one write.
void log(LogLevel level, std::string_view line);
[[nodiscard]] bool logs(LogLevel level);

/// One event as a line: "web: 4 -> 7 because … kind=decision policy=web pool=web step=3-17".
[[nodiscard]] std::string format(const Event& event);
void log(const Event& event);

}  // namespace tided::daemon
