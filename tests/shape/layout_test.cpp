// The layout: sizes of files and functions, what stands at the top level, what CMake must list,
// how a file opens, which names and words are not used.
#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include "tests/shape/functions.h"
#include "tests/shape/source_tree.h"

namespace {

using tided::shape::Function;
using tided::shape::SourceFile;

constexpr std::size_t longest_file = 400;
constexpr std::size_t longest_function = 60;
constexpr std::size_t longest_readme = 60;

const std::vector<SourceFile>& project() {
    static const std::vector<SourceFile> files = tided::shape::read_tree(TIDED_ROOT);
    return files;
}

bool is_code(const SourceFile& file) {
    return file.is_cpp() || file.path.ends_with(".py") || file.path.ends_with(".sh");
}

/// Test cases are tables as often as code: only what they call is held to the function limit.
bool is_test_case(const Function& function) {
    return function.head.starts_with("TEST_CASE") || function.head.starts_with("TYPE_TO");
}

/// The CMakeLists.txt nearest above `path`.
const SourceFile* list_above(const std::string& path) {
    for (std::size_t cut = path.rfind('/'); cut != std::string::npos && cut > 0;
         cut = path.rfind('/', cut - 1)) {
        const std::string list = path.substr(0, cut) + "/CMakeLists.txt";
        const auto found = std::find_if(project().begin(),
                                        project().end(),
                                        [&](const SourceFile& file) { return file.path == list; });
        if (found != project().end()) {
            return &*found;
        }
    }
    return nullptr;
}

/// Whether `list` names `path` as a whole word, relative to its own folder.
bool lists(const SourceFile& list, const std::string& path) {
    const std::string name = path.substr(list.path.rfind('/') + 1);
    constexpr std::string_view between = " \t\n()\"";
    for (std::size_t at = list.text.find(name); at != std::string::npos;
         at = list.text.find(name, at + 1)) {
        const char before = at == 0 ? '\n' : list.text[at - 1];
        const std::size_t end = at + name.size();
        const char after = end == list.text.size() ? '\n' : list.text[end];
        if ((between.find(before) != std::string_view::npos || before == '/') &&
            between.find(after) != std::string_view::npos) {
            return true;
        }
    }
    return false;
}

TEST_CASE("functions: bodies are found with their length; scopes and initialisers are none") {
    const SourceFile file{"x.cpp",
                          "namespace a {\n"
                          "struct S {\n"
                          "    S() : b_{1}, c_(2) {\n"
                          "        go();\n"
                          "    }\n"
                          "    int b_ = {3};\n"
                          "};\n"
                          "const std::map<int, F> table{{1, f}, {2, [](int x) {\n"
                          "    return x; }}};\n"
                          "auto f(int x = {}) -> int {\n"
                          "    if (x) {\n"
                          "        // }\n"
                          "    }\n"
                          "    return '}';\n"
                          "}\n"
                          "}\n"};
    const std::vector<Function> found = tided::shape::functions_of(file);
    REQUIRE(found.size() == 2);
    CHECK(found[0].head == "S() : b_{}, c_(2)");
    CHECK(found[0].line == 3);
    CHECK(found[0].length == 2);
    CHECK(found[1].head == "auto f(int x = {}) -> int");
    CHECK(found[1].length == 5);
}

TEST_CASE("source tree: literals and comments are blanked, line breaks and code stay") {
    CHECK(tided::shape::blank_literals("a = \"x{\\\"\"; // {\nb = '{' + 1'000;\n") ==
          "a = \"    \";     \nb = ' ' + 1'000;\n");
    CHECK(tided::shape::blank_literals("R\"(a\n\")\" }") == "R\"  \n  \" }");
}

TEST_CASE("layout: no source file has more than 400 lines") {
    std::string wrong;
    for (const SourceFile& file : project()) {
        const std::size_t lines = tided::shape::lines_of(file.text).size();
        if (is_code(file) && lines > longest_file) {
            wrong += "\n" + file.path + ": " + std::to_string(lines) + " lines";
        }
    }
    CHECK(wrong == "");
}

TEST_CASE("layout: no function has more than 60 lines") {
    std::string wrong;
    for (const SourceFile& file : project()) {
        if (!file.is_cpp()) {
            continue;
        }
        for (const Function& function : tided::shape::functions_of(file)) {
            if (function.length > longest_function && !is_test_case(function)) {
                wrong += "\n" + file.path + ":" + std::to_string(function.line) + ": " +
                         std::to_string(function.length) + " lines: " + function.head;
            }
        }
    }
    CHECK(wrong == "");
}

/// A source file whose header tells its idea, or the test of it, opens with that header instead.
bool opens_with_own_header(const SourceFile& file) {
    std::string stem = std::filesystem::path(file.path).stem().string();
    if (stem.ends_with("_test")) {
        stem.resize(stem.size() - 5);
    }
    const std::string_view first = tided::shape::lines_of(file.text).front();
    return first.starts_with("#include \"") && first.ends_with("/" + stem + ".h\"");
}

TEST_CASE("layout: a file opens with its idea or its header, a header has pragma once") {
    std::string wrong;
    for (const SourceFile& file : project()) {
        if (!file.is_cpp() || file.path == "tests/support/main.cpp") {
            continue;
        }
        if (!file.text.starts_with("// ") && !opens_with_own_header(file)) {
            wrong += "\n" + file.path + ": does not open with a comment";
        }
        if (file.is_header() && file.text.find("\n#pragma once\n") == std::string::npos) {
            wrong += "\n" + file.path + ": no #pragma once";
        }
    }
    CHECK(wrong == "");
}

/// Fakes are compiled where they are used: "../support/fake.cpp" in a sister folder's list.
bool some_test_lists(const SourceFile& fake) {
    const std::string name = "../support/" + fake.path.substr(fake.path.rfind('/') + 1);
    for (const SourceFile& file : project()) {
        if (file.in("tests") && file.path.ends_with("CMakeLists.txt") &&
            file.text.find(name) != std::string::npos) {
            return true;
        }
    }
    return false;
}

TEST_CASE("layout: CMake lists every source and every header of the floors") {
    std::string wrong;
    for (const SourceFile& file : project()) {
        const bool header_of_tests = file.in("tests") && file.is_header();
        if (!file.is_cpp() || header_of_tests) {
            continue;
        }
        const SourceFile* list = list_above(file.path);
        const bool is_listed = (list != nullptr && lists(*list, file.path)) ||
                               (file.in("tests/support") && some_test_lists(file));
        if (!is_listed) {
            wrong += "\n" + file.path + ": in no CMakeLists.txt";
        }
    }
    CHECK(wrong == "");
}

TEST_CASE("layout: the top level holds the floors and nothing else") {
    const std::set<std::string> known{"CMakeLists.txt",
                                      "CMakePresets.json",
                                      "LICENSE",
                                      "README.md",
                                      "actuators",
                                      "daemon",
                                      "metrics",
                                      "policy",
                                      "systemd",
                                      "tests",
                                      "build"};
    std::string wrong;
    for (const auto& entry : std::filesystem::directory_iterator(TIDED_ROOT)) {
        const std::string name = entry.path().filename().string();
        if (!name.starts_with(".") && !known.contains(name)) {
            wrong += "\n" + name;
        }
    }
    CHECK(wrong == "");
}

TEST_CASE("layout: every floor says what it is for in at most 60 lines") {
    constexpr std::array<std::string_view, 2> floors{"systemd/", "tests/"};
    std::map<std::string, std::size_t> lines;
    for (const SourceFile& file : project()) {
        if (file.path.ends_with("/README.md")) {
            lines[file.path] = tided::shape::lines_of(file.text).size();
        }
    }
    std::string wrong;
    for (const std::string_view floor : floors) {
        const std::string path = std::string(floor) + "README.md";
        if (!lines.contains(path)) {
            wrong += "\n" + path + ": missing";
        }
    }
    for (const auto& [path, length] : lines) {
        if (length > longest_readme) {
            wrong += "\n" + path + ": " + std::to_string(length) + " lines";
        }
    }
    CHECK(wrong == "");
}

TEST_CASE("layout: no file is named for having no idea of its own") {
    constexpr std::array<std::string_view, 8> empty_names{
        "util", "utils", "common", "helper", "helpers", "manager", "misc", "impl"};
    std::string wrong;
    for (const SourceFile& file : project()) {
        const std::filesystem::path path(file.path);
        for (const auto& part : path) {
            const std::string stem = part.stem().string();
            if (std::find(empty_names.begin(), empty_names.end(), stem) != empty_names.end()) {
                wrong += "\n" + file.path;
            }
        }
    }
    CHECK(wrong == "");
}

TEST_CASE("layout: nothing is left for later and no lint is silenced without its name") {
    std::string wrong;
    for (const SourceFile& file : project()) {
        if (!is_code(file) || file.path == "tests/shape/layout_test.cpp") {
            continue;
        }
        for (const std::string_view word : {"TODO", "FIXME", " XXX "}) {
            if (file.text.find(word) != std::string::npos) {
                wrong += "\n" + file.path + ": " + std::string(word);
            }
        }
        const std::size_t silenced = file.text.find("NOLINT");
        if (silenced != std::string::npos &&
            file.text.substr(silenced, 20).find('(') == std::string::npos) {
            wrong += "\n" + file.path + ": NOLINT without the name of the check";
        }
    }
    CHECK(wrong == "");
}

}  // namespace
