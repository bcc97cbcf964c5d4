// Commands: the table of what `tided COMMAND` can be. One row adds one.
#pragma once

#include <functional>
#include <span>
#include <string>

namespace CLI {
class App;
}

namespace tided::daemon {

/// Runs a command whose options have been read; gives back the exit code.
using Runner = std::function<int()>;

struct Command {
    const char* name;
    const char* summary;
    Runner (*declare)(CLI::App& app);  ///< adds the command's options
};

[[nodiscard]] std::span<const Command> commands();

inline constexpr int exit_failure = 1;
inline constexpr int exit_invalid = 3;

/// "tided 0.1.0 (Release, …)"
[[nodiscard]] std::string version_line();

[[nodiscard]] Runner declare_run(CLI::App& app);
[[nodiscard]] Runner declare_check(CLI::App& app);
[[nodiscard]] Runner declare_status(CLI::App& app);
[[nodiscard]] Runner declare_explain(CLI::App& app);
[[nodiscard]] Runner declare_pause(CLI::App& app);
[[nodiscard]] Runner declare_resume(CLI::App& app);
[[nodiscard]] Runner declare_approve(CLI::App& app);
[[nodiscard]] Runner declare_brake(CLI::App& app);
[[nodiscard]] Runner declare_release(CLI::App& app);
[[nodiscard]] Runner declare_reload(CLI::App& app);
[[nodiscard]] Runner declare_parse(CLI::App& app);
[[nodiscard]] Runner declare_query(CLI::App& app);
[[nodiscard]] Runner declare_step(CLI::App& app);
[[nodiscard]] Runner declare_checkpoint(CLI::App& app);
[[nodiscard]] Runner declare_state(CLI::App& app);
[[nodiscard]] Runner declare_version(CLI::App& app);

}  // namespace tided::daemon
