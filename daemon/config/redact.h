// Redaction: lines of a policy file as they may be shown to anybody. What follows a key that
// names a secret is cut off unless it is a reference, so a literal secret never leaves the file:
//
//   auth = { bearer = "s3cr3t", x = 1 }   ->   auth = { bearer = ***
//   auth = { bearer = "credential:b" }    ->   unchanged
//
// Works on raw text, also on text that is not TOML: errors of syntax show lines too.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tided::config {

/// The lines of `text` without line ends, masked.
[[nodiscard]] std::vector<std::string> masked_lines(std::string_view text);

/// Whether a key of this name holds a secret ("password", "API_TOKEN", "key").
[[nodiscard]] bool names_a_secret(std::string_view key);

/// "credential:NAME", "file:/PATH" or "env:NAME" with something behind the colon.
[[nodiscard]] bool is_secret_reference(std::string_view text);

}  // namespace tided::config
