// json_text: appending JSON to a string, for the documents written in bulk (10,000 policies).
// What is appended is always valid UTF-8: a byte that is not becomes U+FFFD.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tided::daemon {

/// "text" with quotes, escaped.
void append_json(std::string_view text, std::string& out);
/// Shortest form that reads back equal; null when not finite (JSON has no NaN).
void append_json(double value, std::string& out);
/// ["a","b"]
void append_json(const std::vector<std::string>& texts, std::string& out);

/// `"key":` with a comma in front unless the object has just been opened.
void append_key(std::string_view key, std::string& out);

}  // namespace tided::daemon
