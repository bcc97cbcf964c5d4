// Bad files: each mistake has a file (or directory) in bad/ whose first lines, behind "#| ", are
// what `tided check` prints for it, whole. With TIDED_REWRITE=1 in the environment the lines are
// written anew from what is printed now: read the difference before committing it.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "daemon/config/load.h"
#include "daemon/config/problem.h"

using namespace tided::config;
namespace fs = std::filesystem;

namespace {

const fs::path bad = fs::path{TIDED_TEST_CONFIG} / "bad";
constexpr const char* marker = "#| ";
constexpr const char* confined = "#! confined";
const tided::TimePoint now = *tided::parse_rfc3339("2026-06-01T00:00:00Z");

/// Too large to keep as files: load_test.cpp makes them.
const std::set<Problem> needs_large_input{Problem::too_large, Problem::too_many};

std::string read(const fs::path& path) {
    std::ifstream file{path};
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

/// Files and directories that hold one case each.
std::vector<fs::path> cases() {
    std::vector<fs::path> all;
    for (const auto& entry : fs::directory_iterator{bad}) {
        all.push_back(entry.path());
    }
    std::sort(all.begin(), all.end());
    return all;
}

/// The file of a case that has the expected lines: itself, or EXPECTED in a directory.
fs::path expectation_file(const fs::path& path) {
    return fs::is_directory(path) ? path / "EXPECTED" : path;
}

/// Lines behind the marker, and the rest of the file.
struct Parts {
    std::string expected;
    std::string body;
};

Parts split(const std::string& text) {
    Parts parts;
    std::istringstream lines{text};
    for (std::string line; std::getline(lines, line);) {
        const bool is_expected = line.starts_with("#|");
        (is_expected ? parts.expected : parts.body) +=
            (is_expected ? line.substr(std::min<std::size_t>(3, line.size())) : line) + '\n';
    }
    return parts;
}

Loaded load_case(const fs::path& path) {
    const bool may_run = read(expectation_file(path)).find(confined) == std::string::npos;
    return load(path.string(), {.may_run_programs = may_run}, now);
}

/// What is printed, with paths relative to bad/.
std::string printed(const Loaded& loaded) {
    std::string out;
    for (const Diagnostic& diagnostic : loaded.diagnostics) {
        out += render(diagnostic) + '\n';
    }
    const std::string prefix = bad.string() + '/';
    for (std::size_t at = out.find(prefix); at != std::string::npos; at = out.find(prefix)) {
        out.erase(at, prefix.size());
    }
    return out;
}

void write(const fs::path& path, const std::string& expected, const std::string& body) {
    std::ofstream file{path};
    std::istringstream lines{expected};
    for (std::string line; std::getline(lines, line);) {
        file << (line.empty() ? "#|" : marker + line) << '\n';
    }
    file << body;
}

/// Twice: the first pass settles how many lines stand in front of the body.
void rewrite(const fs::path& path) {
    for (int pass = 0; pass < 2; ++pass) {
        const fs::path file = expectation_file(path);
        const std::string body = split(read(file)).body;
        if (pass == 0) {
            write(file, printed(load_case(path)), body);
        }
        write(file, printed(load_case(path)), body);
    }
}

}  // namespace

TEST_CASE("bad files: each prints exactly what its first lines say") {
    for (const fs::path& path : cases()) {
        INFO(path.string());
        if (std::getenv("TIDED_REWRITE") != nullptr) {
            rewrite(path);
        }
        CHECK(printed(load_case(path)) == split(read(expectation_file(path))).expected);
    }
}

TEST_CASE("bad files: every row of the problem table has one, and is named as its enumerator") {
    std::set<Problem> provoked;
    for (const fs::path& path : cases()) {
        for (const Diagnostic& diagnostic : load_case(path).diagnostics) {
            provoked.insert(diagnostic.problem);
        }
    }
    std::size_t index = 0;
    for (const ProblemRow& row : problems()) {
        INFO(row.name);
        CHECK(static_cast<std::size_t>(row.problem) == index++);
        CHECK(provoked.count(row.problem) + needs_large_input.count(row.problem) == 1);
    }
}

TEST_CASE("bad files: an error makes the load fail, a warning does not") {
    for (const fs::path& path : cases()) {
        INFO(path.string());
        const Loaded loaded = load_case(path);
        const bool has_error = std::any_of(
            loaded.diagnostics.begin(), loaded.diagnostics.end(), [](const Diagnostic& d) {
                return d.severity == Severity::error;
            });
        CHECK(loaded.ok() != has_error);
        CHECK_FALSE(loaded.diagnostics.empty());
    }
}
