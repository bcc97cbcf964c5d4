#include "daemon/config/expression.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <utility>

namespace tided::config {
namespace {

bool continues_character(char c) {
    return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

/// Bytes in UTF-8 of the code point with these hexadecimal digits.
std::size_t utf8_length(std::string_view digits) {
    std::uint32_t point = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), point, 16);
    return point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
}

/// A position in a file that knows its line and column.
struct Cursor {
    std::string_view text;
    std::size_t at = 0;
    Place place;

    [[nodiscard]] bool done() const { return at >= text.size(); }
    [[nodiscard]] bool sees(std::string_view what) const {
        return text.substr(at).starts_with(what);
    }
    void step() {
        if (text[at] == '\n') {
            ++place.line;
            place.column = 1;
            ++at;
            return;
        }
        ++place.column;
        ++at;
        while (!done() && continues_character(text[at])) {
            ++at;
        }
    }
    void skip(std::size_t characters) {
        for (; characters > 0 && !done(); --characters) {
            step();
        }
    }
    void skip_line_end() { skip(sees("\r\n") ? 2 : sees("\n") ? 1 : 0); }
};

Cursor cursor_at(std::string_view text, const Place& place) {
    Cursor cursor{.text = text, .at = 0, .place = place};
    for (std::size_t line = 1; line < place.line; ++line) {
        const std::size_t end = text.find('\n', cursor.at);
        if (end == std::string_view::npos) {
            cursor.at = text.size();
            return cursor;
        }
        cursor.at = end + 1;
    }
    cursor.place.column = 1;
    cursor.skip(place.column - 1);
    return cursor;
}

/// Behind the opening quotes of a string; knows how its contents are written.
struct Reader {
    Cursor cursor;
    bool has_escapes = false;
    std::string_view closing;

    [[nodiscard]] bool ended() const { return cursor.done() || cursor.sees(closing); }

    /// A backslash at a line's end takes the line end and all blanks behind it away.
    [[nodiscard]] bool joins_lines() const {
        const std::size_t next = cursor.text.find_first_not_of(" \t\r", cursor.at + 1);
        return closing.size() == 3 && next != std::string_view::npos && cursor.text[next] == '\n';
    }

    void skip_joined() {
        while (has_escapes && !cursor.done() && cursor.sees("\\") && joins_lines()) {
            cursor.step();
            while (!cursor.done() && std::string_view{" \t\r\n"}.find(cursor.text[cursor.at]) !=
                                         std::string_view::npos) {
                cursor.step();
            }
        }
    }

    /// Over one character of the contents; gives back its bytes there.
    std::size_t next() {
        std::size_t bytes = 1;
        if (!has_escapes || !cursor.sees("\\")) {
            const std::size_t before = cursor.at;
            cursor.skip(cursor.sees("\r\n") ? 2 : 1);
            bytes = cursor.at - before;
        } else if (cursor.sees("\\u") || cursor.sees("\\U")) {
            const std::size_t digits = cursor.sees("\\u") ? 4 : 8;
            bytes = utf8_length(cursor.text.substr(cursor.at).substr(2, digits));
            cursor.skip(2 + digits);
        } else {
            cursor.skip(2);
        }
        skip_joined();
        return bytes;
    }

    /// Whether the character here is a line end of the contents, written out or escaped.
    [[nodiscard]] bool at_line_end() const {
        return cursor.sees("\n") || cursor.sees("\r\n") || (has_escapes && cursor.sees("\\n"));
    }
};

Reader reader_at(std::string_view text, const Place& string) {
    Reader reader{.cursor = cursor_at(text, string), .closing = "'"};
    const std::pair<std::string_view, bool> quotes[] = {
        {R"(""")", true}, {"'''", false}, {"\"", true}, {"'", false}};
    for (const auto& [quote, has_escapes] : quotes) {
        if (reader.cursor.sees(quote)) {
            reader.closing = quote;
            reader.has_escapes = has_escapes;
            reader.cursor.skip(quote.size());
            break;
        }
    }
    if (reader.closing.size() == 3) {
        reader.cursor.skip_line_end();
    }
    reader.skip_joined();
    return reader;
}

}  // namespace

Place place_inside(std::string_view file_text,
                   const Place& string,
                   std::size_t line,
                   std::size_t column) {
    Reader reader = reader_at(file_text, string);
    for (; line > 1 && !reader.ended(); reader.next()) {
        line -= reader.at_line_end() ? 1U : 0U;
    }
    while (column > 1 && !reader.ended()) {
        column -= std::min(reader.next(), column - 1);
    }
    Place place = reader.cursor.place;
    place.width = 1;
    return place;
}

PlacedMessage split_place(std::string_view message) {
    PlacedMessage out{.message = message};
    const char* end = message.data() + message.size();
    const auto line = std::from_chars(message.data(), end, out.line);
    if (line.ec != std::errc{} || line.ptr == end || *line.ptr != ':') {
        return {.message = message};
    }
    const auto column = std::from_chars(line.ptr + 1, end, out.column);
    if (column.ec != std::errc{} || end - column.ptr < 2 || column.ptr[0] != ':') {
        return {.message = message};
    }
    out.message = message.substr(static_cast<std::size_t>(column.ptr + 2 - message.data()));
    return out;
}

}  // namespace tided::config
