// Document: TOML text as a neutral tree in which every key and every value knows its place.
//
//   [policy.web]          Node "policy" > Node "web" {key 1:9, value 1:1}
//   min = 2                 > Node "min" {key 2:1, value 2:7, integer 2}
//
// Syntax only: what a key means is the schema's business. Columns count characters, not bytes.
// Lines kept for showing are masked first, see redact.h; toml++ is known to document.cpp alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tided::config {

/// A stretch of one line of one file.
struct Place {
    std::size_t file = 0;    ///< index among the files that were read
    std::size_t line = 0;    ///< from 1; 0 = the file as a whole
    std::size_t column = 0;  ///< from 1, in characters
    std::size_t width = 1;   ///< characters

    friend auto operator<=>(const Place&, const Place&) = default;
};

struct Node {
    enum class Kind : std::uint8_t { table, array, text, integer, number, boolean, instant };

    std::string name;  ///< its key; "" for elements of arrays
    Place key;         ///< of the key; for elements of arrays that of the value
    Place value;
    Kind kind = Kind::table;
    std::string text;
    std::int64_t integer = 0;
    double number = 0.0;
    bool boolean = false;
    std::vector<Node> children;  ///< of tables (in file order) and arrays
    bool is_usable = true;       ///< cleared by the schema check when a mistake was reported

    /// The child called `name`, or null. The pointer lives as long as this node is not changed.
    [[nodiscard]] const Node* find(std::string_view name) const;
};

/// "a table", "an array", "a string", "an integer", "a number", "a boolean", "a date or time".
[[nodiscard]] std::string_view described(Node::Kind kind);

/// One file: its name as shown, its text, and its lines as they may be shown.
struct File {
    std::string name;
    std::string text{};
    std::vector<std::string> lines{};  ///< masked, without line ends
};

struct SyntaxError {
    Place at;
    std::string message;
};

/// The tree of one file, or its first syntax error. `file` goes into every Place.
struct Parsed {
    Node root;
    std::optional<SyntaxError> error;
};
[[nodiscard]] Parsed parse(std::size_t file, std::string_view text);

/// Text and masked lines of one file.
[[nodiscard]] File make_file(std::string name, std::string text);

}  // namespace tided::config
