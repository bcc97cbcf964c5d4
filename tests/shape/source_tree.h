// SourceTree: the project's own files as text, for tests that read the source instead of running
// it. Paths are relative to the project's root with '/' between the parts. Comments and literals
// can be blanked out so that a word in a sentence is never taken for code.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tided::shape {

struct Include {
    std::string path;  ///< between the quotes or angle brackets
    bool quoted = false;
    std::size_t line = 0;  ///< from 1
};

struct SourceFile {
    std::string path;  ///< "policy/vocab/time.h"
    std::string text;

    [[nodiscard]] bool is_header() const { return path.ends_with(".h"); }
    [[nodiscard]] bool is_cpp() const { return is_header() || path.ends_with(".cpp"); }
    [[nodiscard]] bool in(std::string_view folder) const;
};

/// Every file below the folders of the project under `root`, sorted by path.
[[nodiscard]] std::vector<SourceFile> read_tree(const std::string& root);

/// `text` with comments and the contents of string and character literals replaced by spaces;
/// line breaks stay, so line numbers hold.
[[nodiscard]] std::string blank_literals(std::string_view text);

[[nodiscard]] std::vector<Include> includes_of(const SourceFile& file);
[[nodiscard]] std::vector<std::string_view> lines_of(std::string_view text);

}  // namespace tided::shape
