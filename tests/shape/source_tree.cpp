// SourceTree: walking, splitting and blanking. The blanking scanner knows line and block comments,
// string and character literals with escapes, raw strings and digit separators; it does not know
// the preprocessor, so code switched off by #if counts as code.
#include "tests/shape/source_tree.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace tided::shape {
namespace {

constexpr std::array<std::string_view, 6> folders{
    "policy", "metrics", "actuators", "daemon", "systemd", "tests"};

std::string read_file(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

/// Blanks out[from, to) except for line breaks.
void blank(std::string& out, std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < std::min(to, out.size()); ++i) {
        if (out[i] != '\n') {
            out[i] = ' ';
        }
    }
}

/// Index just past the literal that opens with the quote at `at`.
std::size_t end_of_literal(std::string_view text, std::size_t at) {
    const char quote = text[at];
    for (std::size_t i = at + 1; i < text.size(); ++i) {
        if (text[i] == '\\') {
            ++i;
        } else if (text[i] == quote || text[i] == '\n') {
            return i + 1;
        }
    }
    return text.size();
}

/// Index just past R"x( … )x", whose quote is at `at`.
std::size_t end_of_raw(std::string_view text, std::size_t at) {
    const std::size_t open = text.find('(', at);
    if (open == std::string_view::npos) {
        return text.size();
    }
    const std::string close = ")" + std::string(text.substr(at + 1, open - at - 1)) + "\"";
    const std::size_t end = text.find(close, open);
    return end == std::string_view::npos ? text.size() : end + close.size();
}

bool is_word(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

/// Index just past the comment or literal that starts at `at`; `at` itself if none does.
std::size_t end_of_quiet(std::string_view text, std::size_t at) {
    const std::string_view two = text.substr(at, 2);
    if (two == "//") {
        return std::min(text.find('\n', at), text.size());
    }
    if (two == "/*") {
        const std::size_t end = text.find("*/", at + 2);
        return end == std::string_view::npos ? text.size() : end + 2;
    }
    if (text[at] == '"') {
        return at > 0 && text[at - 1] == 'R' ? end_of_raw(text, at) : end_of_literal(text, at);
    }
    const bool separator = text[at] == '\'' && at > 0 && is_word(text[at - 1]);  // 1'000
    return text[at] == '\'' && !separator ? end_of_literal(text, at) : at;
}

}  // namespace

bool SourceFile::in(std::string_view folder) const {
    return path.starts_with(std::string(folder) + "/");
}

std::vector<SourceFile> read_tree(const std::string& root) {
    std::vector<SourceFile> files;
    for (const std::string_view folder : folders) {
        const std::filesystem::path base = std::filesystem::path(root) / folder;
        for (const auto& entry : std::filesystem::recursive_directory_iterator(base)) {
            if (entry.is_regular_file() &&
                entry.path().string().find("__pycache__") == std::string::npos) {
                files.push_back({std::filesystem::relative(entry.path(), root).generic_string(),
                                 read_file(entry.path())});
            }
        }
    }
    std::sort(files.begin(), files.end(), [](const SourceFile& a, const SourceFile& b) {
        return a.path < b.path;
    });
    return files;
}

std::string blank_literals(std::string_view text) {
    std::string out(text);
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = end_of_quiet(text, at);
        if (end == at) {
            ++at;
            continue;
        }
        const bool literal = text[at] == '"' || text[at] == '\'';
        blank(out, literal ? at + 1 : at, literal ? end - 1 : end);  // the quotes stay
        at = end;
    }
    return out;
}

std::vector<std::string_view> lines_of(std::string_view text) {
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        lines.push_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return lines;
}

std::vector<Include> includes_of(const SourceFile& file) {
    std::vector<Include> found;
    const auto lines = lines_of(file.text);
    for (std::size_t i = 0; i < lines.size(); ++i) {
        const std::string_view line = lines[i];
        if (!line.starts_with("#include")) {
            continue;
        }
        const std::size_t open = line.find_first_of("\"<");
        if (open == std::string_view::npos) {
            continue;
        }
        const std::size_t close = line.find(line[open] == '<' ? '>' : '"', open + 1);
        found.push_back(
            {std::string(line.substr(open + 1, close - open - 1)), line[open] == '"', i + 1});
    }
    return found;
}

}  // namespace tided::shape
