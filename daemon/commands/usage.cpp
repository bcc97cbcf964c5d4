#include "daemon/commands/usage.h"

#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>

#include "daemon/config/spelling.h"

namespace tided::daemon {
namespace {

/// The program and the commands that were given, outermost first.
std::vector<const CLI::App*> given_commands(const CLI::App& app) {
    std::vector<const CLI::App*> given{&app};
    while (!given.back()->get_subcommands().empty()) {
        given.push_back(given.back()->get_subcommands().front());
    }
    return given;
}

std::vector<std::string> commands_of(const CLI::App& app) {
    std::vector<std::string> names;
    for (const CLI::App* command : app.get_subcommands(nullptr)) {
        names.push_back(command->get_name());
    }
    return names;
}

std::vector<std::string> options_of(const CLI::App& app) {
    std::vector<std::string> names;
    for (const CLI::Option* option : app.get_options()) {
        for (const std::string& name : option->get_lnames()) {
            names.push_back("--" + name);
        }
    }
    return names;
}

std::string with_nearest(const std::string& sentence,
                         std::string_view wrong,
                         const std::vector<std::string>& known) {
    const std::string meant = config::did_you_mean(wrong, {known.begin(), known.end()});
    return meant.empty() ? sentence : sentence + ": " + meant;
}

/// `of` is " of 'tided run'", or "" for the program itself.
std::string unknown(const CLI::App& app, const std::string& word, const std::string& of) {
    if (word.starts_with('-')) {
        const std::string option = word.substr(0, word.find('='));
        return with_nearest("unknown option '" + option + "'" + of, option, options_of(app));
    }
    const std::vector<std::string> commands = commands_of(app);
    return commands.empty() ? "'" + word + "' is one argument too many"
                            : with_nearest("unknown command '" + word + "'" + of, word, commands);
}

std::string missing_command(const CLI::App& app) {
    std::string sentence = "a command is missing: one of";
    for (const std::string& name : commands_of(app)) {
        sentence += (sentence.ends_with("of") ? " " : ", ") + name;
    }
    return sentence;
}

}  // namespace

std::string usage_error(const CLI::App& app, const CLI::ParseError& error) {
    const std::vector<const CLI::App*> given = given_commands(app);
    std::string called;
    std::string sentence;
    for (const CLI::App* command : given) {
        called += (called.empty() ? "" : " ") + command->get_name();
        const std::vector<std::string> words = command->remaining();
        if (sentence.empty() && !words.empty()) {
            sentence =
                unknown(*command, words.front(), command == &app ? "" : " of '" + called + "'");
        }
    }
    const bool is_incomplete = dynamic_cast<const CLI::RequiredError*>(&error) != nullptr;
    const bool is_too_much = dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr;
    if (sentence.empty() || (!is_incomplete && !is_too_much)) {
        sentence = is_incomplete && !commands_of(*given.back()).empty()
                       ? missing_command(*given.back())
                       : error.what();
    }
    return "tided: " + sentence + "\nsee " + called + " --help\n";
}

}  // namespace tided::daemon
