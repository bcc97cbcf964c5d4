// Rendering. Whatever comes from a file is made harmless
// for a terminal here: control characters and bytes that are not UTF-8 are shown as '?'.
#include "daemon/config/diagnostic.h"

#include <algorithm>
#include <string_view>

namespace tided::config {
namespace {

constexpr std::size_t widest = 100;  // characters of a source line that are shown
constexpr std::string_view ellipsis = "...";

/// Bytes of the UTF-8 character at the front of `text`, 0 if it is not one.
std::size_t character_length(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char lead = byte(0);
    const std::size_t length = lead < 0x80                   ? 1
                               : lead >= 0xC2 && lead < 0xE0 ? 2
                               : (lead & 0xF0) == 0xE0       ? 3
                               : lead >= 0xF0 && lead < 0xF5 ? 4
                                                             : 0;
    if (length == 0 || length > text.size()) {
        return 0;
    }
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xC0) != 0x80) {
            return 0;
        }
    }
    return length;
}

/// One string per character, each harmless to print. C1 controls are two bytes in UTF-8.
std::vector<std::string> characters_of(std::string_view text) {
    std::vector<std::string> characters;
    while (!text.empty()) {
        const std::size_t length = character_length(text);
        const auto lead = static_cast<unsigned char>(text.front());
        const bool is_control =
            length == 0 || (length == 1 && (lead < 0x20 || lead == 0x7F) && lead != '\t') ||
            (length == 2 && lead == 0xC2 && static_cast<unsigned char>(text[1]) < 0xA0);
        characters.emplace_back(is_control ? "?" : text.substr(0, length));
        text.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return characters;
}

std::string harmless(std::string_view text) {
    std::string out;
    for (const std::string& character : characters_of(text)) {
        out += character == "\t" ? " " : character;
    }
    return out;
}

/// The part of a line round the caret, and the marks beneath it.
struct Excerpt {
    std::string text;
    std::string marks;
};

Excerpt excerpt_of(const Diagnostic& diagnostic) {
    const std::vector<std::string> line = characters_of(diagnostic.source_line);
    const std::size_t caret = diagnostic.column == 0 ? line.size() : diagnostic.column - 1;
    std::size_t first = 0;
    if (line.size() > widest && caret + 20 > widest) {
        first = std::min(caret, line.size()) - std::min(caret, widest / 2);
    }
    const std::size_t last = std::min(line.size(), first + widest);
    Excerpt out;
    out.text = first > 0 ? ellipsis : "";
    out.marks = std::string(out.text.size(), ' ');
    for (std::size_t at = first; at < last; ++at) {
        out.text += line[at];
        if (at < caret) {
            out.marks += line[at] == "\t" ? "\t" : " ";
        }
    }
    out.text += last < line.size() ? ellipsis : "";
    if (caret > last) {
        out.marks.clear();
        return out;
    }
    const std::size_t room = last > caret ? last - caret : 1;
    out.marks +=
        '^' + std::string(std::min(std::max<std::size_t>(diagnostic.width, 1), room) - 1, '~');
    return out;
}

std::string margin(std::string_view text) {
    return std::string(text.size() < 5 ? 5 - text.size() : 0, ' ') + std::string{text} + " |";
}

}  // namespace

std::string render(const Diagnostic& diagnostic) {
    std::string out = harmless(diagnostic.file);
    if (diagnostic.line != 0) {
        out += ':' + std::to_string(diagnostic.line) + ':' + std::to_string(diagnostic.column);
    }
    out += diagnostic.severity == Severity::error ? ": error: " : ": warning: ";
    out += harmless(diagnostic.message);
    if (diagnostic.line != 0 && !diagnostic.source_line.empty()) {
        const Excerpt excerpt = excerpt_of(diagnostic);
        out += '\n' + margin(std::to_string(diagnostic.line)) + ' ' + excerpt.text;
        if (!excerpt.marks.empty()) {
            out += '\n' + margin("") + ' ' + excerpt.marks;
        }
    }
    if (!diagnostic.hint.empty()) {
        out += "\n      = " + harmless(diagnostic.hint);
    }
    return out;
}

}  // namespace tided::config
