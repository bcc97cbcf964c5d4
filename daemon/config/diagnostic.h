// Diagnostic: one thing wrong (or doubtful) at one place of a file, and its rendering:
//
//   /etc/tided/tided.toml:12:1: error: unknown key 'maximum' in [policy.web]
//      12 | maximum = 40
//         | ^~~~~~~
//         = did you mean 'max'?
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace tided::config {

enum class Severity : std::uint8_t { error, warning };

struct Diagnostic {
    Severity severity = Severity::error;
    std::string file;
    std::size_t line = 0;     ///< from 1; 0 = the file as a whole
    std::size_t column = 0;   ///< from 1, in characters
    std::size_t width = 1;    ///< characters to underline
    std::string message;      ///< what, expected, got
    std::string hint;         ///< "did you mean 'max'?", or ""
    std::string source_line;  ///< the text of that line

    friend bool operator==(const Diagnostic&, const Diagnostic&) = default;
};

/// The block shown above, without a trailing newline.
[[nodiscard]] std::string render(const Diagnostic& diagnostic);

}  // namespace tided::config
