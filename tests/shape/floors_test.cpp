// The floors: nobody looks up or sideways, nobody borrows a library, policy stays pure. The first
// cases show that the checks can fail; the last one in each group holds the project to them.
#include "tests/shape/floors.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/shape/source_tree.h"

namespace {

using tided::shape::SourceFile;
using Lines = std::vector<std::string>;

const std::vector<SourceFile>& project() {
    static const std::vector<SourceFile> files = tided::shape::read_tree(TIDED_ROOT);
    return files;
}

/// One message a line: what a failing check prints.
std::string joined(const Lines& lines) {
    std::string text;
    for (const std::string& line : lines) {
        text += "\n" + line;
    }
    return text;
}

template <class Check>
std::string over_project(Check check) {
    std::string text;
    for (const SourceFile& file : project()) {
        if (file.is_cpp()) {
            text += joined(check(file));
        }
    }
    return text;
}

TEST_CASE("floors: an include upward, sideways or past the root is named with its line") {
    const SourceFile file{"metrics/x.cpp",
                          "#include \"policy/vocab/time.h\"\n"
                          "#include \"policy/decide.h\"\n"
                          "#include \"actuators/spec.h\"\n"
                          "#include \"time.h\"\n"};
    CHECK(tided::shape::wrong_includes(file) ==
          Lines{"metrics/x.cpp:2: includes policy/decide.h: metrics does not see policy",
                "metrics/x.cpp:3: includes actuators/spec.h: metrics does not see actuators",
                "metrics/x.cpp:4: includes time.h: not a path from the root of the project"});
}

TEST_CASE("floors: a library another floor owns is refused, a standard header never") {
    const SourceFile file{"policy/x.h", "#include <vector>\n#include <boost/json.hpp>\n"};
    CHECK(tided::shape::wrong_includes(file) ==
          Lines{"policy/x.h:2: includes boost/json.hpp: not a library of policy"});
}

TEST_CASE("floors: heavy headers stay in source files, some in one file only") {
    const SourceFile header{"daemon/x.h", "#include <boost/beast/http.hpp>\n"};
    CHECK(tided::shape::wrong_includes(header) ==
          Lines{"daemon/x.h:1: includes boost/beast/http.hpp: too heavy for a header"});
    const SourceFile source{"daemon/app.cpp", "#include <spdlog/spdlog.h>\n"};
    CHECK(tided::shape::wrong_includes(source) ==
          Lines{"daemon/app.cpp:1: includes spdlog/spdlog.h: only daemon/telemetry/logging.cpp "
                "uses it"});
}

TEST_CASE("floors: a cycle is shown whole, a diamond is none") {
    CHECK(tided::shape::include_cycles({{"policy/a.h", "#include \"policy/b.h\"\n"},
                                        {"policy/b.h", "#include \"policy/c.h\"\n"},
                                        {"policy/c.h", "#include \"policy/a.h\"\n"}}) ==
          Lines{"policy/a.h -> policy/b.h -> policy/c.h -> policy/a.h"});
    CHECK(tided::shape::include_cycles(
              {{"policy/a.h", "#include \"policy/b.h\"\n#include \"policy/c.h\"\n"},
               {"policy/b.h", "#include \"policy/d.h\"\n"},
               {"policy/c.h", "#include \"policy/d.h\"\n"}}) == Lines{});
}

TEST_CASE("floors: clocks, I/O and chance are found in code and not in words") {
    const SourceFile file{"policy/x.cpp",
                          "#include <fstream>\n"
                          "// std::chrono::steady_clock::now() is not for policy\n"
                          "auto t = std::chrono::steady_clock::now();\n"
                          "int n = std::snprintf(b, 4, \"getenv(\");\n"
                          "int m = printf(\"\");\n"};
    CHECK(tided::shape::impurities(file) == Lines{"policy/x.cpp: <fstream> has no place in policy",
                                                  "policy/x.cpp: _clock::now( belongs to daemon",
                                                  "policy/x.cpp: printf( has no place in policy"});
}

TEST_CASE("floors: the project includes downward only") {
    CHECK(over_project(tided::shape::wrong_includes) == "");
}

TEST_CASE("floors: the project has no include cycle") {
    CHECK(joined(tided::shape::include_cycles(project())) == "");
}

TEST_CASE("floors: policy is pure and only daemon has a clock") {
    CHECK(over_project(tided::shape::impurities) == "");
}

}  // namespace
