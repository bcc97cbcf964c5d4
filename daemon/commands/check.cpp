// tided check, tided version, and what run shares with check: reading a policy file and showing
// all that is wrong with it.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include <CLI/CLI.hpp>

#include "daemon/clock.h"
#include "daemon/commands/commands.h"
#include "daemon/commands/policy_file.h"
#include "daemon/counted.h"
#include "daemon/version.h"

namespace tided::daemon {

config::Confinement confinement() {
    const char* confined = std::getenv("TIDED_CONFINED");
    return {.may_run_programs = confined == nullptr || std::string_view{confined} != "1"};
}

namespace {

/// Said once, by check alone: who tries a file by hand does not run into the service's sandbox.
const char* note_on_programs(const std::string& path) {
    if (std::getenv("TIDED_CONFINED") != nullptr) {
        return "";
    }
    const config::Loaded confined = config::load(path, {.may_run_programs = false});
    const bool is_refused = std::any_of(
        confined.diagnostics.begin(), confined.diagnostics.end(), [](const config::Diagnostic& d) {
            return d.problem == config::Problem::programs_refused;
        });
    return is_refused
               ? "; it runs programs: the service needs tided.service.d/workers.conf for that"
               : "";
}

}  // namespace

config::Loaded load_and_show(const std::string& path, std::optional<TimePoint> now) {
    config::Loaded loaded = config::load(path, confinement(), now);
    for (const config::Diagnostic& diagnostic : loaded.diagnostics) {
        std::fprintf(stderr, "%s\n", config::render(diagnostic).c_str());
    }
    return loaded;
}

Runner declare_check(CLI::App& app) {
    auto path = std::make_shared<std::string>(default_policy_file);
    app.add_option("path", *path, "A TOML file, or a directory of them")->capture_default_str();
    return [path] {
        const config::Loaded loaded = load_and_show(*path, Clock{}.now());
        if (!loaded.ok()) {
            return exit_invalid;
        }
        const config::Config& config = loaded.config;
        std::printf("%s: %s, %s, %s, %s, mode %s%s\n",
                    path->c_str(),
                    counted(config.policies.size(), "policy", "policies").c_str(),
                    counted(config.pools.size(), "pool", "pools").c_str(),
                    counted(config.sources.size(), "source", "sources").c_str(),
                    counted(config.providers.size(), "provider", "providers").c_str(),
                    config.daemon.mode == config::Mode::act ? "act" : "dry-run",
                    note_on_programs(*path));
        for (const config::Template& made_of : config.templates) {
            std::printf(
                "policy %s is a template: it and pool %s once for each value of %s that "
                "source %s lists, %zu at most\n",
                made_of.policy.spec.name.c_str(),
                made_of.policy.pool.c_str(),
                made_of.label.c_str(),
                made_of.source.c_str(),
                made_of.max);
        }
        return 0;
    };
}

std::string version_line() {
    return std::string{"tided "} + version() + " (" + build() + ")";
}

Runner declare_version(CLI::App& /*app*/) {
    return [] {
        std::printf("%s\n", version_line().c_str());
        return 0;
    };
}

}  // namespace tided::daemon
