// main: finds the command and runs it. Exit codes: 0 fine, 1 runtime failure, 2 usage,
// 3 invalid configuration or input, 70 a bug of ours.
#include <cstdio>
#include <exception>
#include <functional>
#include <vector>

#include <CLI/CLI.hpp>

#include "daemon/commands/commands.h"

namespace {

constexpr int usage = 2;
constexpr int bug = 70;

int run(int argc, char** argv) {
    CLI::App app{"tided keeps services tided over the peaks: a load-driven autoscaling daemon"};
    app.require_subcommand(1);
    int exit_code = 0;
    for (const tided::daemon::Command& command : tided::daemon::commands()) {
        CLI::App* sub = app.add_subcommand(command.name, command.summary);
        sub->callback([runner = command.declare(*sub), &exit_code] { exit_code = runner(); });
    }
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : usage;
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
