// UTF-8: the edges of the valid ranges, and every way to be wrong.
#include "metrics/utf8.h"

#include <string>

#include <doctest/doctest.h>

using tided::metrics::valid_utf8_prefix;

TEST_CASE("utf8: valid text is valid to its end") {
    for (const std::string text : {"",
                                   "plain ascii, longer than eight bytes",
                                   "\xc2\x80",
                                   "\xdf\xbf",
                                   "\xe0\xa0\x80",
                                   "\xed\x9f\xbf",
                                   "\xee\x80\x80",
                                   "\xef\xbf\xbf",
                                   "\xf0\x90\x80\x80",
                                   "\xf4\x8f\xbf\xbf",
                                   "Heizölrückstoß 10€ 日本"}) {
        INFO(text);
        CHECK(valid_utf8_prefix(text) == text.size());
    }
}

TEST_CASE("utf8: the first wrong byte is found") {
    struct Row {
        std::string text;
        std::size_t offset;
    };
    const Row rows[] = {
        {"\xff", 0},
        {"12345678\x80", 8},
        {"123456789\xc0\x80", 9},
        {"\xc1\xbf", 0},          // overlong
        {"\xe0\x9f\xbf", 0},      // overlong
        {"\xed\xa0\x80", 0},      // surrogate
        {"\xf0\x8f\xbf\xbf", 0},  // overlong
        {"\xf4\x90\x80\x80", 0},  // past U+10FFFF
        {"\xf5\x80\x80\x80", 0},
        {"a\xe2\x82", 1},  // cut short
        {"a\xe2\x82z", 1},
        {"ö\xc3", 2},
        {"\xf0\x90\x80z", 0},
    };
    for (const Row& row : rows) {
        INFO(row.text);
        CHECK(valid_utf8_prefix(row.text) == row.offset);
    }
}
