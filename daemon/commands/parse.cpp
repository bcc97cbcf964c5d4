// tided parse: an exposition page to JSON Lines, strict to the letter.
#include <cstdio>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "daemon/commands/commands.h"
#include "daemon/commands/input.h"
#include "metrics/page_dump.h"

namespace tided::daemon {
namespace {

struct ParseOptions {
    std::string file;
    std::string format = "text";
};

int run_parse(const ParseOptions& options) {
    const Result<std::string> page = read_input(options.file);
    if (!page) {
        std::fprintf(stderr, "tided: %s\n", page.error().message.c_str());
        return exit_failure;
    }
    const metrics::Format format =
        options.format == "openmetrics" ? metrics::Format::openmetrics : metrics::Format::text;
    std::string lines;
    const Status parsed = metrics::parse_to_json_lines(*page, format, options.file, lines);
    std::fwrite(lines.data(), 1, lines.size(), stdout);
    if (!parsed) {
        std::fprintf(stderr, "%s\n", parsed.error().message.c_str());
        return exit_invalid;
    }
    return 0;
}

}  // namespace

Runner declare_parse(CLI::App& app) {
    auto options = std::make_shared<ParseOptions>();
    app.add_option("file", options->file, "The page, - for standard input")->required();
    app.add_option("--format", options->format, "text or openmetrics")
        ->check(CLI::IsMember({"text", "openmetrics"}))
        ->capture_default_str();
    return [options] { return run_parse(*options); };
}

}  // namespace tided::daemon
