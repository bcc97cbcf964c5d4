// tided check, tided version, and what run shares with check: reading a policy file and showing
// all that is wrong with it.
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include <CLI/CLI.hpp>

#include "daemon/commands/commands.h"
#include "daemon/commands/policy_file.h"
#include "daemon/version.h"

namespace tided::daemon {

config::Confinement confinement() {
    const char* confined = std::getenv("TIDED_CONFINED");
    return {.may_run_programs = confined == nullptr || std::string_view{confined} != "1"};
}

config::Loaded load_and_show(const std::string& path) {
    config::Loaded loaded = config::load(path, confinement());
    for (const config::Diagnostic& diagnostic : loaded.diagnostics) {
        std::fprintf(stderr, "%s\n", config::render(diagnostic).c_str());
    }
    return loaded;
}

Runner declare_check(CLI::App& app) {
    auto path = std::make_shared<std::string>(default_policy_file);
    app.add_option("path", *path, "A TOML file, or a directory of them")->capture_default_str();
    return [path] {
        const config::Loaded loaded = load_and_show(*path);
        if (!loaded.ok()) {
            return exit_invalid;
        }
        const config::Config& config = loaded.config;
        std::printf("%s: %zu policies, %zu pools, %zu sources, %zu providers, mode %s\n",
                    path->c_str(),
                    config.policies.size(),
                    config.pools.size(),
                    config.sources.size(),
                    config.providers.size(),
                    config.daemon.mode == config::Mode::act ? "act" : "dry-run");
        return 0;
    };
}

Runner declare_version(CLI::App& /*app*/) {
    return [] {
        std::printf("tided %s (%s)\n", version(), build());
        return 0;
    };
}

}  // namespace tided::daemon
