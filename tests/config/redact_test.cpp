#include "daemon/config/redact.h"

#include <array>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "daemon/config/load.h"

using namespace tided::config;

namespace {

using Lines = std::vector<std::string>;

struct Row {
    const char* line;
    const char* shown;
};

}  // namespace

TEST_CASE("redact: what follows a telling key is cut off unless it is a reference") {
    const std::array<Row, 20> rows{{
        {"bearer = \"hunter2\"", "bearer = ***"},
        {"bearer = 'hunter2' # note", "bearer = ***"},
        {"bearer=hunter2", "bearer=***"},
        {"bearer = \"credential:b\"", "bearer = \"credential:b\""},
        {"password = \"file:/x\", y = 1", "password = \"file:/x\", y = 1"},
        {"a = { token = \"env:T\", pwd = \"hunter2\", z = 1 }",
         "a = { token = \"env:T\", pwd = ***"},
        {"\"api key\" = 1", "\"api key\" = 1"},
        {"API_TOKEN = \"hunter2\"", "API_TOKEN = ***"},
        {"'secret' = \"hunter2\"", "'secret' = ***"},
        {"\"pass\\u0077ord\" = 'x'", "\"pass\\u0077ord\" = ***"},
        {"#password = \"hunter2\"", "#password = ***"},
        {"password \"hunter2\"", "password ***"},
        {"password = \"hunter2", "password = ***"},
        {"[source.token]", "[source.token]"},
        {"token.value = 1", "token.value = 1"},
        {"url = \"https://me:hunter2@host/\"", "url = ***"},
        {"url = \"https://host/@x\"", "url = \"https://host/@x\""},
        {"query = 'sum(x{token=\"abc\"})'", "query = 'sum(x{token=\"abc\"})'"},
        {"command = [\"x\", \"--password=hunter2\"]", "command = [\"x\", ***"},
        {"key =", "key ="},
    }};
    for (const Row& row : rows) {
        INFO(row.line);
        CHECK(masked_lines(row.line) == Lines{row.shown});
    }
}

TEST_CASE("redact: a secret over several lines is hidden to its end, and no further") {
    CHECK(masked_lines("key = \"\"\"\n-----BEGIN\nhunter2\n\"\"\" # end\nmode = 1") ==
          Lines{"key = ***", "***", "***", "***", "mode = 1"});
    CHECK(masked_lines("password = [\n\"hunter2\",\n]\nx = 1") ==
          Lines{"password = ***", "***", "***", "x = 1"});
    CHECK(masked_lines("query = '''\nsum(x)\n''' \ntoken = '''x''' ") ==
          Lines{"query = '''", "sum(x)", "''' ", "token = ***"});
    CHECK(masked_lines("password = '''hunter2\r\nhunter3") == Lines{"password = ***", "***"});
}

TEST_CASE("redact: no diagnostic of a file with literal secrets shows one, whatever is wrong") {
    const std::array<const char*, 9> texts{
        "[daemon.auth]\nbearer = \"hunter2\"\n",
        "[daemon.auth]\nbearer = \"hunter2\n",
        "[daemon.auth]\nbearer = hunter2\n",
        "[daemon.auth]\nbearer = \"hunter2\"\nbearer = \"hunter2\"\n",
        "[daemon.auth]\nbearer \"hunter2\"\n",
        "[daemon.auth]\npassword = \"hunter2\"\n",
        "[daemon.tls]\nkey = \"\"\"\nhunter2 \\q\n\"\"\"\n",
        "[source.a]\ntype = \"prometheus\"\nurl = \"https://u:hunter2@h\"\nauth = { bearer = "
        "[\"hunter2\"] }\n",
        "[source.a]\ntype = \"scrape\"\ntargets = [\"http://u:hunter2@h/\"]\nauth = { password = "
        "\"hunter2\", username = 5 }\n"};
    for (const char* text : texts) {
        INFO(text);
        const Loaded loaded = load_text("s.toml", text, {});
        CHECK_FALSE(loaded.ok());
        for (const Diagnostic& diagnostic : loaded.diagnostics) {
            CHECK(render(diagnostic).find("hunter2") == std::string::npos);
            CHECK(diagnostic.source_line.find("hunter2") == std::string::npos);
        }
    }
}
