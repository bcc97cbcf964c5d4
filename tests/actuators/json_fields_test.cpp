// What a foreign text looks like inside a message of ours.
#include "actuators/json_fields.h"

#include <string>

#include <doctest/doctest.h>

namespace {

using tided::actuators::excerpt;

TEST_CASE("a short printable text is quoted as it is") {
    CHECK(excerpt("quota exceeded", 80) == "quota exceeded");
    CHECK(excerpt("", 80).empty());
    CHECK(excerpt("größer als 3 €", 80) == "größer als 3 €");
}

TEST_CASE("line ends and control characters become one space") {
    CHECK(excerpt("first\r\n\tsecond\x1b[31m", 80) == "first second [31m");
    CHECK(excerpt("\n\nleading and trailing\n\n", 80) == "leading and trailing");
    CHECK(excerpt(std::string("a\0b", 3), 80) == "a b");
}

TEST_CASE("what is longer ends in dots, never inside a character") {
    CHECK(excerpt("abcdef", 6) == "abcdef");
    CHECK(excerpt("abcdefg", 6) == "abcdef...");
    CHECK(excerpt("abcde€", 6) == "abcde...");
    CHECK(excerpt("abc€", 6) == "abc€");
}

TEST_CASE("a byte that is no UTF-8 becomes a question mark") {
    CHECK(excerpt("a\xff"
                  "b",
                  80) == "a?b");
    CHECK(excerpt("cut \xe2\x82", 80) == "cut ??");
    CHECK(excerpt("overlong \xc0\xaf", 80) == "overlong ??");
    CHECK(excerpt("surrogate \xed\xa0\x80", 80) == "surrogate ???");
    CHECK(excerpt("beyond \xf4\x90\x80\x80", 80) == "beyond ????");
    CHECK(excerpt("\xf0\x9f\x8c\x8a tide", 80) == "\xf0\x9f\x8c\x8a tide");
}

}  // namespace
