// main: finds the command and runs it. Exit codes: 0 fine, 1 runtime failure, 2 usage,
// 3 invalid configuration or input, 70 a bug of ours.
#include <cstdio>
#include <exception>
#include <functional>
#include <vector>

#include <CLI/CLI.hpp>

#include "daemon/commands/commands.h"
#include "daemon/commands/usage.h"

namespace {

constexpr int usage = 2;
constexpr int bug = 70;

constexpr const char* exit_statuses =
    "Exit status: 0 fine; 1 failure (no daemon, a policy the daemon does not have, a file that\n"
    "cannot be read); 2 usage; 3 invalid configuration or input (a policy the file does not "
    "have);\n"
    "70 a bug of tided.";

int run(int argc, char** argv) {
    CLI::App app{"tided keeps services tided over the peaks: a load-driven autoscaling daemon",
                 "tided"};
    app.require_subcommand(1);
    app.set_version_flag(
        "--version", tided::daemon::version_line(), "Print name, version and build");
    app.footer(exit_statuses);
    int exit_code = 0;
    for (const tided::daemon::Command& command : tided::daemon::commands()) {
        CLI::App* sub = app.add_subcommand(command.name, command.summary);
        sub->callback([runner = command.declare(*sub), &exit_code] { exit_code = runner(); });
    }
    try {
        app.parse(argc, argv);
    } catch (const CLI::Success& asked) {
        return app.exit(asked);
    } catch (const CLI::ParseError& error) {
        std::fputs(tided::daemon::usage_error(app, error).c_str(), stderr);
        return usage;
    }
    return exit_code;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return run(argc, argv);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "tided: bug: %s\n", error.what());
    } catch (...) {
        std::fputs("tided: bug: an unknown exception\n", stderr);
    }
    return bug;
}
