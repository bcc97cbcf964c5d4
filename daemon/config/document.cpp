#include "daemon/config/document.h"

#include <algorithm>
#include <utility>

#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

#include "daemon/config/redact.h"

namespace tided::config {
namespace {

// A dotted key of more parts is refused before toml++ sees it: values may nest 256 times, and trees
// are destroyed recursively.
constexpr int most_parts = 16;

bool is_bare_or_blank(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == ' ' || c == '\t';
}

Place place_of(std::size_t file, const toml::source_region& region) {
    const bool one_line = region.begin.line == region.end.line;
    const bool has_width = one_line && region.end.column > region.begin.column;
    return {.file = file,
            .line = region.begin.line,
            .column = region.begin.column,
            .width = has_width  ? region.end.column - region.begin.column
                     : one_line ? 1U
                                : 1000U};
}

Node convert(std::size_t file, const toml::node& from);

void convert_table(std::size_t file, const toml::table& from, Node& to) {
    to.kind = Node::Kind::table;
    to.children.reserve(from.size());
    for (const auto& [key, value] : from) {
        Node child = convert(file, value);
        child.name = std::string{key.str()};
        child.key = place_of(file, key.source());
        to.children.push_back(std::move(child));
    }
    std::stable_sort(to.children.begin(), to.children.end(), [](const Node& a, const Node& b) {
        return a.key < b.key;
    });
}

void convert_array(std::size_t file, const toml::array& from, Node& to) {
    to.kind = Node::Kind::array;
    to.children.reserve(from.size());
    for (const toml::node& element : from) {
        to.children.push_back(convert(file, element));
        to.children.back().key = to.children.back().value;
    }
}

Node convert(std::size_t file, const toml::node& from) {
    Node to;
    to.value = place_of(file, from.source());
    if (const toml::table* table = from.as_table()) {
        convert_table(file, *table, to);
    } else if (const toml::array* array = from.as_array()) {
        convert_array(file, *array, to);
    } else if (const auto* text = from.as_string()) {
        to.kind = Node::Kind::text;
        to.text = text->get();
    } else if (const auto* integer = from.as_integer()) {
        to.kind = Node::Kind::integer;
        to.integer = integer->get();
    } else if (const auto* number = from.as_floating_point()) {
        to.kind = Node::Kind::number;
        to.number = number->get();
    } else if (const auto* boolean = from.as_boolean()) {
        to.kind = Node::Kind::boolean;
        to.boolean = boolean->get();
    } else {
        to.kind = Node::Kind::instant;
    }
    return to;
}

/// Where the string that opens at `at` ends (behind its quotes); one over several lines only with
/// three quotes.
std::size_t behind_string(std::string_view text, std::size_t at) {
    const char quote = text[at];
    const bool is_long = text.substr(at, 3) == std::string(3, quote);
    for (at += is_long ? 3 : 1; at < text.size(); ++at) {
        if (text[at] == '\\' && quote == '"') {
            ++at;
        } else if (text[at] == quote && (!is_long || text.substr(at, 3) == std::string(3, quote))) {
            return at + (is_long ? 3 : 1);
        } else if (text[at] == '\n' && !is_long) {
            return at;
        }
    }
    return text.size();
}

/// The first key with too many dots; strings count as one part of a key.
std::optional<SyntaxError> too_deep(std::size_t file, std::string_view text) {
    std::size_t line = 1;
    int depth = 0;
    for (std::size_t at = 0; at < text.size();) {
        const char c = text[at];
        if (c == '"' || c == '\'') {
            const std::size_t end = behind_string(text, at);
            line +=
                static_cast<std::size_t>(std::count(text.begin() + static_cast<std::ptrdiff_t>(at),
                                                    text.begin() + static_cast<std::ptrdiff_t>(end),
                                                    '\n'));
            at = end;
            continue;
        }
        if (c == '#') {
            at = std::min(text.find('\n', at), text.size());
            continue;
        }
        depth = c == '.' ? depth + 1 : is_bare_or_blank(c) ? depth : 0;
        if (depth >= most_parts) {
            return SyntaxError{{.file = file, .line = line, .column = 1},
                               "a key has more than " + std::to_string(most_parts) + " parts"};
        }
        line += c == '\n' ? 1 : 0;
        ++at;
    }
    return std::nullopt;
}

/// Whether `at` is behind the last character of its line.
bool is_line_end(std::string_view text, const Place& at) {
    for (std::size_t line = 1; line < at.line; ++line) {
        text.remove_prefix(std::min(text.find('\n'), text.size() - 1) + 1);
    }
    text = text.substr(0, text.find('\n'));
    const auto characters = std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0) != 0x80 && c != '\r';
    });
    return at.column > static_cast<std::size_t>(characters);
}

/// toml++ says "Error while parsing X: what"; our readers want the second part.
std::string sentence_of(std::string_view description) {
    constexpr std::string_view prefix = "Error while parsing ";
    if (!description.starts_with(prefix)) {
        return std::string{description};
    }
    description.remove_prefix(prefix.size());
    const std::size_t colon = description.find(": ");
    if (colon == std::string_view::npos) {
        return std::string{description};
    }
    return "in a " + std::string{description.substr(0, colon)} + ": " +
           std::string{description.substr(colon + 2)};
}

}  // namespace

const Node* Node::find(std::string_view wanted) const {
    const auto at = std::find_if(
        children.begin(), children.end(), [&](const Node& child) { return child.name == wanted; });
    return at == children.end() ? nullptr : &*at;
}

std::string_view described(Node::Kind kind) {
    switch (kind) {
        case Node::Kind::table:
            return "a table";
        case Node::Kind::array:
            return "an array";
        case Node::Kind::text:
            return "a string";
        case Node::Kind::integer:
            return "an integer";
        case Node::Kind::number:
            return "a number";
        case Node::Kind::boolean:
            return "a boolean";
        case Node::Kind::instant:
            break;
    }
    return "a date or time";
}

Parsed parse(std::size_t file, std::string_view text) {
    Parsed parsed;
    parsed.error = too_deep(file, text);
    if (parsed.error) {
        return parsed;
    }
    try {
        parsed.root = convert(file, toml::parse(text, std::string_view{}));
    } catch (const toml::parse_error& problem) {
        const Place at = place_of(file, problem.source());
        const bool is_open_string =
            problem.description().find("unescaped control") != std::string_view::npos;
        parsed.error = SyntaxError{at,
                                   is_open_string && is_line_end(text, at)
                                       ? "a string does not end on its line"
                                       : sentence_of(problem.description())};
    }
    return parsed;
}

File make_file(std::string name, std::string text) {
    std::vector<std::string> lines = masked_lines(text);
    return {.name = std::move(name), .text = std::move(text), .lines = std::move(lines)};
}

}  // namespace tided::config
