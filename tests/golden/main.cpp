// The suites, the reading of files and the counting: golden.h says what it does.
#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <optional>
#include <sstream>

#include <boost/json/serialize.hpp>

#include "tests/golden/exact_json.h"
#include "tests/golden/golden.h"

namespace {

namespace json = boost::json;
using tided::golden::Checked;
using tided::golden::Suite;

constexpr int exit_failed = 1;
constexpr int exit_usage = 2;
constexpr int exit_invalid = 3;

constexpr std::array<Suite, 3> suites{
    {{.name = "hpa", .check = &tided::golden::check_hpa},
     {.name = "vpa", .check = &tided::golden::check_vpa, .relative_tolerance = 1e-9},
     {.name = "vpa-cases", .check = &tided::golden::check_vpa_cases}}};

struct Counts {
    std::size_t passed = 0;
    std::size_t failed = 0;
};

std::optional<json::value> read(const char* path) {
    std::ifstream file{path};
    std::stringstream text;
    text << file.rdbuf();
    boost::system::error_code problem;
    json::value document = tided::golden::parse_exactly(text.str(), problem);
    if (!file || problem) {
        std::fprintf(
            stderr, "%s: error: %s\n", path, file ? problem.message().c_str() : "cannot be read");
        return std::nullopt;
    }
    return document;
}

void print(const Checked& checked) {
    const json::value result = checked.got ? *checked.got : json::value(nullptr);
    if (!checked.got) {
        std::fprintf(stderr, "%s: %s\n", checked.id.c_str(), checked.got.error().message.c_str());
    }
    std::printf("%s\n",
                json::serialize(json::object{{"id", checked.id}, {"result", result}}).c_str());
}

void judge(const Suite& suite, const Checked& checked, Counts& counts) {
    const std::string wrong =
        checked.got
            ? tided::golden::differences(checked.expected, *checked.got, suite.relative_tolerance)
            : checked.got.error().message;
    const bool is_other = std::ranges::any_of(checked.others, [&](const json::value& other) {
        return tided::golden::differences(checked.expected, other, suite.relative_tolerance)
            .empty();
    });
    const bool is_right = wrong.empty() || is_other;
    is_right ? ++counts.passed : ++counts.failed;
    if (!is_right) {
        std::printf("%s: %s\n", checked.id.c_str(), wrong.c_str());
    }
}

}  // namespace

int main(int argc, char** argv) {
    const std::vector<std::string_view> words{argv + 1, argv + argc};
    const auto* suite =
        words.empty() ? suites.end() : std::ranges::find(suites, words[0], &Suite::name);
    const bool prints = words.size() > 1 && words[1] == "--print";
    const std::size_t first = prints ? 2 : 1;
    if (suite == suites.end() || words.size() <= first) {
        std::fprintf(stderr, "usage: golden hpa|vpa|vpa-cases [--print] FILE...\n");
        return exit_usage;
    }
    Counts counts;
    for (std::size_t i = first; i < words.size(); ++i) {
        const std::filesystem::path path{words[i]};
        const auto document = read(path.c_str());
        if (!document) {
            return exit_invalid;
        }
        for (const Checked& checked : suite->check(*document, path.parent_path())) {
            prints ? print(checked) : judge(*suite, checked, counts);
        }
    }
    if (prints) {
        return 0;
    }
    std::printf("%zu passed, %zu failed\n", counts.passed, counts.failed);
    return counts.failed == 0 ? 0 : exit_failed;
}
