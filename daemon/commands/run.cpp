// tided run: the daemon.
#include <cstdio>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "daemon/app.h"
#include "daemon/clock.h"
#include "daemon/commands/commands.h"
#include "daemon/commands/policy_file.h"
#include "daemon/footprint.h"
#include "daemon/telemetry/logging.h"

namespace tided::daemon {
namespace {

struct RunOptions {
    std::string config = default_policy_file;
    bool once = false;
};

int run_daemon(const RunOptions& options) {
    give_large_blocks_back();
    config::Loaded loaded = load_and_show(options.config, Clock{}.now());
    if (!loaded.ok()) {
        return exit_invalid;
    }
    const config::Daemon& daemon = loaded.config.daemon;
    if (Status logging = set_up_logging(daemon.log_level, daemon.log_file); !logging) {
        std::fprintf(stderr, "tided: %s\n", logging.error().message.c_str());
        return exit_failure;
    }
    return App{{.config_path = options.config, .confinement = confinement(), .once = options.once},
               std::move(loaded.config)}
        .run();
}

}  // namespace

Runner declare_run(CLI::App& app) {
    auto options = std::make_shared<RunOptions>();
    app.add_option("--config", options->config, "Policy file or directory")->capture_default_str();
    app.add_flag("--once",
                 options->once,
                 "Evaluate every policy once, print the plan, act only if mode is \"act\"");
    return [options] { return run_daemon(*options); };
}

}  // namespace tided::daemon
