#include "daemon/config/expression.h"

#include <array>
#include <string>
#include <string_view>

#include <doctest/doctest.h>

using namespace tided::config;

namespace {

/// Where `line`:`column` of the string that starts at the first quote of `text` stands.
std::string place(std::string_view text, std::size_t line, std::size_t column) {
    Place start{.line = 1, .column = 1};
    for (std::size_t at = 0; at < text.size() && text[at] != '"' && text[at] != '\''; ++at) {
        if (text[at] == '\n') {
            ++start.line;
            start.column = 1;
        } else {
            ++start.column;
        }
    }
    const Place found = place_inside(text, start, line, column);
    return std::to_string(found.line) + ':' + std::to_string(found.column);
}

struct Row {
    const char* text;
    std::size_t line;
    std::size_t column;
    const char* place;
};

}  // namespace

TEST_CASE("expression: places inside strings of every kind") {
    const std::array<Row, 16> rows{{
        {"q = 'abc'", 1, 1, "1:6"},
        {"q = 'abc'", 1, 3, "1:8"},
        {"q = 'abc'", 1, 9, "1:9"},
        {"q = 'a\\nb'", 1, 4, "1:9"},
        {"\n\tq = \"abc\"", 1, 2, "2:8"},
        {"q = \"a\\\"b\\\"c\"", 1, 3, "1:9"},
        {"q = \"\\u00e9x\"", 1, 3, "1:12"},
        {"q = \"\\U0001D11Ex\"", 1, 5, "1:16"},
        {"q = \"a\\nb\"", 2, 1, "1:9"},
        {"q = 'éx'", 1, 3, "1:7"},
        {"q = '''\nab\ncd'''", 1, 2, "2:2"},
        {"q = '''\r\nab\r\ncd'''", 2, 2, "3:2"},
        {"q = '''ab\ncd'''", 2, 1, "2:1"},
        {"q = \"\"\"\na\\\n   b\"\"\"", 1, 2, "3:4"},
        {"q = \"\"\"\\\n  a\nb\"\"\"", 2, 1, "3:1"},
        {"q = 'abc'", 5, 1, "1:9"},
    }};
    for (const Row& row : rows) {
        INFO(row.text << " at " << row.line << ':' << row.column);
        CHECK(place(row.text, row.line, row.column) == row.place);
    }
}

TEST_CASE("expression: a place beyond the file is its end") {
    CHECK(place_inside("", {.line = 9, .column = 9}, 3, 3).line == 9);
    CHECK(place_inside("q = 'abc", {.line = 1, .column = 5}, 1, 99).column == 9);
}

TEST_CASE("expression: a message's place is split off, or nothing is") {
    const PlacedMessage placed = split_place("3:17: what is wrong: 1:2");
    CHECK(placed.line == 3);
    CHECK(placed.column == 17);
    CHECK(placed.message == "what is wrong: 1:2");
    for (const std::string_view text : {"no place", "3: x", "3:x: y", "3:4", "3:4:", ""}) {
        INFO(text);
        CHECK(split_place(text).line == 0);
        CHECK(split_place(text).message == text);
    }
}
