// What a person is told whose words on the command line were not taken.
#pragma once

#include <string>

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace tided::daemon {

/// Two lines: what is wrong, with the word that may have been meant, and where help is.
///
///     tided: unknown command 'chek': did you mean 'check'?
///     see tided --help
[[nodiscard]] std::string usage_error(const CLI::App& app, const CLI::ParseError& error);

}  // namespace tided::daemon
