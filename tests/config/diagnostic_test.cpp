#include "daemon/config/diagnostic.h"

#include <string>

#include <doctest/doctest.h>

using namespace tided::config;

namespace {

Diagnostic diagnostic(std::string line, std::size_t column, std::size_t width = 1) {
    Diagnostic out;
    out.file = "f.toml";
    out.line = 7;
    out.column = column;
    out.width = width;
    out.message = "wrong";
    out.source_line = std::move(line);
    return out;
}

}  // namespace

TEST_CASE("render: the block of the header's drawing") {
    Diagnostic unknown = diagnostic("maximum = 40", 1, 7);
    unknown.file = "/etc/tided/tided.toml";
    unknown.line = 12;
    unknown.message = "unknown key 'maximum' in [policy.web]";
    unknown.hint = "did you mean 'max'?";
    CHECK(render(unknown) ==
          "/etc/tided/tided.toml:12:1: error: unknown key 'maximum' in [policy.web]\n"
          "   12 | maximum = 40\n"
          "      | ^~~~~~~\n"
          "      = did you mean 'max'?");
}

TEST_CASE("render: a file as a whole, a warning, a line number of six digits") {
    Diagnostic whole = diagnostic("", 0);
    whole.line = 0;
    CHECK(render(whole) == "f.toml: error: wrong");
    Diagnostic far = diagnostic("x", 1);
    far.severity = Severity::warning;
    far.line = 123456;
    CHECK(render(far) == "f.toml:123456:1: warning: wrong\n123456 | x\n      | ^");
}

TEST_CASE("render: tabs in front keep the caret where it belongs") {
    CHECK(render(diagnostic("\tx\t= 1", 4)) ==
          "f.toml:7:4: error: wrong\n    7 | \tx\t= 1\n      | \t \t^");
}

TEST_CASE("render: columns and widths count characters, not bytes") {
    CHECK(render(diagnostic("é = 'ü€𝄞' x", 5, 5)) ==
          "f.toml:7:5: error: wrong\n    7 | é = 'ü€𝄞' x\n      |     ^~~~~");
}

TEST_CASE("render: a mark never runs past the line; one behind the end still shows") {
    CHECK(render(diagnostic("abc", 2, 1000)) ==
          "f.toml:7:2: error: wrong\n    7 | abc\n      |  ^~");
    CHECK(render(diagnostic("abc", 4)) == "f.toml:7:4: error: wrong\n    7 | abc\n      |    ^");
    CHECK(render(diagnostic("abc", 9)) == "f.toml:7:9: error: wrong\n    7 | abc");
    CHECK(render(diagnostic("abc", 0)) == "f.toml:7:0: error: wrong\n    7 | abc\n      |    ^");
}

TEST_CASE("render: a long line is cut round the mark") {
    const std::string left(300, 'a');
    const std::string right(300, 'b');
    CHECK(render(diagnostic(left + "X" + right, 301, 1)) ==
          "f.toml:7:301: error: wrong\n    7 | ..." + std::string(50, 'a') + "X" +
              std::string(49, 'b') + "...\n      | " + std::string(53, ' ') + "^");
    CHECK(render(diagnostic("X" + right, 1, 500)) == "f.toml:7:1: error: wrong\n    7 | X" +
                                                         std::string(99, 'b') + "...\n      | ^" +
                                                         std::string(99, '~'));
}

TEST_CASE("render: control characters and bytes that are not UTF-8 cannot reach a terminal") {
    Diagnostic nasty = diagnostic("a\x1b[31m\xff\xc2\x9bz\x7f", 1);
    nasty.file = "e\nvil\x1b";
    nasty.message = "key 'a\x1b]0;x\x07\r\n'";
    nasty.hint = "\x08";
    CHECK(render(nasty) ==
          "e?vil?:7:1: error: key 'a?]0;x?\?\?'\n    7 | a?[31m?\?z?\n      | ^\n      = ?");
}
