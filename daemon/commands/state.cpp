// tided state export|import: the stored state as one JSON document, and back.
#include <cstdio>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "daemon/commands/commands.h"
#include "daemon/commands/input.h"
#include "daemon/state/store.h"

namespace tided::daemon {
namespace {

struct StateOptions {
    std::string directory = "/var/lib/tided";
    std::string file = "-";
    bool is_import = false;
};

int report(const Error& error) {
    std::fprintf(stderr, "tided: %s\n", error.message.c_str());
    return error.code == ErrorCode::invalid_input || error.code == ErrorCode::corrupt
               ? exit_invalid
               : exit_failure;
}

int run_state(const StateOptions& options) {
    if (!options.is_import) {
        const Result<std::string> json = export_state(options.directory);
        if (!json) {
            return report(json.error());
        }
        std::printf("%s\n", json->c_str());
        return 0;
    }
    const Result<std::string> json = read_input(options.file);
    if (!json) {
        return report(json.error());
    }
    const Status imported = import_state(options.directory, *json);
    return imported ? 0 : report(imported.error());
}

}  // namespace

Runner declare_state(CLI::App& app) {
    auto options = std::make_shared<StateOptions>();
    app.require_subcommand(1);
    app.add_option("--state", options->directory, "The state directory")->capture_default_str();
    app.add_subcommand("export", "Print everything as one JSON document")->fallthrough();
    CLI::App* filling = app.add_subcommand("import", "Fill an empty state directory");
    filling->fallthrough();
    filling->add_option("file", options->file, "The document, - for standard input");
    filling->callback([options] { options->is_import = true; });
    return [options] { return run_state(*options); };
}

}  // namespace tided::daemon
