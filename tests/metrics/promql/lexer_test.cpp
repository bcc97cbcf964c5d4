// Lexer and literals: tokens with their places, numbers and strings as Go reads them.
#include "metrics/promql/lexer.h"

#include <cmath>

#include <doctest/doctest.h>

#include "metrics/promql/literals.h"

using namespace tided;
using namespace tided::metrics::promql;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

std::vector<TokenKind> kinds(std::string_view text) {
    const std::vector<Token> tokens = tokenize(text).value();
    std::vector<TokenKind> kinds;
    for (const Token& token : tokens) {
        kinds.push_back(token.kind);
    }
    return kinds;
}

Token only(std::string_view text) {
    const auto tokens = tokenize(text).value();
    REQUIRE(tokens.size() == 2);
    return tokens.front();
}

std::string refusal(std::string_view text) {
    return tokenize(text).error().message;
}

}  // namespace

TEST_CASE("lexer: every sign is one token") {
    using K = TokenKind;
    const std::vector<K> expected{
        K::left_paren, K::right_paren, K::left_brace,    K::right_brace, K::comma,     K::at,
        K::add,        K::subtract,    K::multiply,      K::divide,      K::modulo,    K::power,
        K::assign,     K::equal,       K::not_equal,     K::match,       K::not_match, K::less,
        K::less_equal, K::greater,     K::greater_equal, K::end};
    CHECK(kinds("( ) { } , @ + - * / % ^ = == != =~ !~ < <= > >=") == expected);
}

TEST_CASE("lexer: a colon belongs to a name, but not in brackets") {
    using K = TokenKind;
    CHECK(kinds("job:rate5m:sum") == std::vector{K::metric, K::end});
    CHECK(kinds(":x") == std::vector{K::metric, K::end});
    CHECK(kinds("x[5m:1m]") == std::vector{K::word,
                                           K::left_bracket,
                                           K::duration,
                                           K::colon,
                                           K::duration,
                                           K::right_bracket,
                                           K::end});
}

TEST_CASE("lexer: spans are bytes, comments and blanks are skipped") {
    const auto tokens = tokenize("a # é, not read\n\t+ bc").value();
    REQUIRE(tokens.size() == 4);
    CHECK(tokens[0].span == Span{0, 1});
    CHECK(tokens[1].span == Span{18, 19});
    CHECK(tokens[2].span == Span{20, 22});
    CHECK(tokens[3].span == Span{22, 22});
}

TEST_CASE("lexer: numbers") {
    struct Row {
        const char* text;
        double value;
    };
    for (const Row& row : {Row{"0", 0.0},
                           {"1", 1.0},
                           {"1.5", 1.5},
                           {".5", 0.5},
                           {"5.", 5.0},
                           {"1e3", 1000.0},
                           {"1E-3", 0.001},
                           {"2.5e+2", 250.0},
                           {"0x1F", 31.0},
                           {"0Xff", 255.0},
                           {"017", 15.0},
                           {"018", 18.0},
                           {"01.5", 1.5},
                           {"9223372036854775808", 9223372036854775808.0}}) {
        INFO(row.text);
        const Token token = only(row.text);
        CHECK(token.kind == TokenKind::number);
        CHECK(token.number == row.value);
    }
}

TEST_CASE("lexer: durations") {
    struct Row {
        const char* text;
        Duration duration;
    };
    for (const Row& row :
         {Row{"5m", seconds{300}},
          {"1h30m", seconds{5400}},
          {"100ms", milliseconds{100}},
          {"1y2w3d4h5m6s7ms",
           hours{365 * 24 + 2 * 7 * 24 + 3 * 24 + 4} + seconds{306} + milliseconds{7}},
          {"0s", seconds{0}}}) {
        INFO(row.text);
        const Token token = only(row.text);
        CHECK(token.kind == TokenKind::duration);
        CHECK(token.duration == row.duration);
    }
}

TEST_CASE("lexer: three kinds of strings") {
    CHECK(only(R"("a\"b\\c\n\t\x41\101é\U0001F600")").text == "a\"b\\c\n\tAAé😀");
    CHECK(only(R"('it\'s "so"')").text == "it's \"so\"");
    CHECK(only("`raw \\n\nline`").text == "raw \\n\nline");
    CHECK(only("\"\"").text.empty());
}

TEST_CASE("lexer: what is refused, and where") {
    struct Row {
        const char* text;
        const char* message;
    };
    for (const Row& row : {Row{"a + $", "1:5: unexpected character '$'"},
                           {"a\n  é", "2:3: unexpected character byte 0xc3"},
                           {"!", "1:1: unexpected character '!'"},
                           {"5x", "1:1: bad number or duration: \"5x\""},
                           {"1m1h", "1:1: bad number or duration: \"1m1h\""},
                           {"1m1m", "1:1: bad number or duration: \"1m1m\""},
                           {"1.5m", "1:1: bad number or duration: \"1.5m\""},
                           {"99999999999y", "1:1: bad number or duration: \"99999999999y\""},
                           {"0x", "1:1: not a number: \"0x\""},
                           {"0x1.8", "1:1: not a number: \"0x1.8\""},
                           {"1e", "1:1: not a number: \"1e\""},
                           {"1e999", "1:1: not a number: \"1e999\""},
                           {"\"abc", "1:1: unterminated string"},
                           {"'a\nb'", "1:1: unterminated string"},
                           {"`abc", "1:1: unterminated string"},
                           {"\"a\\\"", "1:1: unterminated string"},
                           {"\"\\q\"", "1:1: invalid escape sequence \"\\q\" in a string"},
                           {"\"\\'\"", "1:1: invalid escape sequence \"\\'\" in a string"},
                           {"'\\x4'", "1:1: invalid escape sequence \"\\x\" in a string"},
                           {"'\\ud800'", "1:1: invalid escape sequence \"\\u\" in a string"},
                           {"'\\400'", "1:1: invalid escape sequence \"\\4\" in a string"}}) {
        INFO(row.text);
        CHECK(refusal(row.text) == row.message);
    }
}

TEST_CASE("lexer: tokens described for messages") {
    const std::string_view text = "5 5m x 'a' ( ";
    const auto tokens = tokenize(text).value();
    CHECK(describe(tokens[0], text) == "number \"5\"");
    CHECK(describe(tokens[1], text) == "duration \"5m\"");
    CHECK(describe(tokens[2], text) == "name \"x\"");
    CHECK(describe(tokens[3], text) == "string 'a'");
    CHECK(describe(tokens[4], text) == "\"(\"");
    CHECK(describe(tokens[5], text) == "end of input");
}
