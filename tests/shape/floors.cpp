// Floors: the rule table and the three checks on it.
#include "tests/shape/floors.h"

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <span>
#include <string_view>

namespace tided::shape {
namespace {

using Names = std::vector<std::string_view>;

struct Floor {
    std::string_view folder;
    Names sees;       ///< floors it may include
    Names libraries;  ///< prefixes of third-party and system headers it may include
};

/// The longest matching folder wins, so daemon/config and daemon/demo stand before daemon.
const std::vector<Floor>& floors() {
    static const std::vector<Floor> table{
        {"policy/vocab", {"policy/vocab"}, {"tl/expected.hpp"}},
        {"policy", {"policy", "policy/vocab"}, {}},
        {"metrics",
         {"metrics", "policy/vocab"},
         {"boost/asio/awaitable.hpp",
          "boost/json",
          "boost/url",
          "openssl/evp.h",
          "re2/",
          "xxhash.h",
          "yaml-cpp/",
          "emmintrin.h"}},
        {"actuators",
         {"actuators", "policy/vocab"},
         {"boost/asio/awaitable.hpp",
          "boost/json",
          "boost/url",
          "openssl/evp.h",
          "openssl/hmac.h",
          "openssl/sha.h",
          "openssl/crypto.h"}},
        {"daemon/config",
         {"daemon/config", "metrics", "actuators", "policy", "policy/vocab"},
         {"toml++/",
          "yaml-cpp/",
          "date/",
          "libical/",
          "re2/",
          "sys/",
          "unistd.h",
          "fcntl.h",
          "boost/asio/awaitable.hpp",
          "boost/url"}},
        {"daemon/demo",
         {"daemon/demo"},
         {"sys/", "unistd.h", "netinet/", "arpa/", "poll.h", "fcntl.h", "signal.h", "boost/json"}},
        {"daemon",
         {"daemon", "daemon/config", "metrics", "actuators", "policy", "policy/vocab"},
         {"boost/",    "openssl/", "ares",      "zlib.h",   "spdlog/", "prometheus/", "sqlite3.h",
          "systemd/",  "CLI/",     "yaml-cpp/", "sys/",     "linux/",  "netinet/",    "arpa/",
          "net/",      "unistd.h", "fcntl.h",   "signal.h", "poll.h",  "grp.h",       "pwd.h",
          "fnmatch.h", "glob.h",   "netdb.h",   "spawn.h",  "sched.h", "time.h",      "dirent.h",
          "link.h",    "malloc.h", "termios.h"}},
    };
    return table;
}

/// Headers so heavy that one stray include costs every file that sees it: source files only.
constexpr std::array<std::string_view, 8> heavy{"boost/beast",
                                                "boost/asio/ssl",
                                                "boost/asio.hpp",
                                                "toml++/",
                                                "spdlog/",
                                                "openssl/",
                                                "sqlite3.h",
                                                "prometheus/"};

struct OnlyIn {
    std::string_view library;
    std::string_view file;
};
constexpr std::array<OnlyIn, 2> single_user{
    {{"toml++/", "daemon/config/document.cpp"}, {"spdlog/", "daemon/telemetry/logging.cpp"}}};

bool starts_with_any(std::string_view text, std::span<const std::string_view> prefixes) {
    return std::any_of(prefixes.begin(), prefixes.end(), [&](std::string_view prefix) {
        return text.starts_with(prefix);
    });
}

const Floor* floor_of(std::string_view path) {
    const auto found = std::find_if(floors().begin(), floors().end(), [&](const Floor& floor) {
        return path.starts_with(std::string(floor.folder) + "/");
    });
    return found == floors().end() ? nullptr : &*found;
}

/// A standard header has neither a folder nor an ending: <vector>, <cstdint>.
bool is_standard(std::string_view path) {
    return path.find_first_of("/.") == std::string_view::npos;
}

/// Why `file` on `floor` must not include `include`; empty if it may.
std::string objection(const SourceFile& file, const Floor& floor, const Include& include) {
    if (include.quoted) {
        const Floor* other = floor_of(include.path);
        if (other == nullptr) {
            return "not a path from the root of the project";
        }
        const bool seen =
            std::find(floor.sees.begin(), floor.sees.end(), other->folder) != floor.sees.end();
        return seen ? ""
                    : std::string(floor.folder) + " does not see " + std::string(other->folder);
    }
    if (is_standard(include.path)) {
        return "";
    }
    if (!starts_with_any(include.path, floor.libraries)) {
        return "not a library of " + std::string(floor.folder);
    }
    if (file.is_header() && starts_with_any(include.path, heavy)) {
        return "too heavy for a header";
    }
    for (const OnlyIn& rule : single_user) {
        if (include.path.starts_with(rule.library) && file.path != rule.file) {
            return "only " + std::string(rule.file) + " uses it";
        }
    }
    return "";
}

using Graph = std::map<std::string, std::vector<std::string>>;

/// Depth first; `trail` is the way from the start, `done` what is known to be free of cycles.
void find_cycles(const Graph& graph,
                 std::vector<std::string>& trail,
                 std::map<std::string, bool>& done,
                 std::vector<std::string>& cycles) {
    const std::string here = trail.back();
    const auto edges = graph.find(here);
    if (edges == graph.end() || done[here]) {
        return;
    }
    for (const std::string& next : edges->second) {
        const auto seen = std::find(trail.begin(), trail.end(), next);
        if (seen == trail.end()) {
            trail.push_back(next);
            find_cycles(graph, trail, done, cycles);
            trail.pop_back();
            continue;
        }
        std::string cycle;
        for (auto at = seen; at != trail.end(); ++at) {
            cycle += *at + " -> ";
        }
        cycles.push_back(cycle + next);
    }
    done[here] = true;
}

/// Position of `word` in `text` as a whole word (its first and last characters count).
bool has_word(std::string_view text, std::string_view word) {
    const auto word_char = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_';
    };
    for (std::size_t at = text.find(word); at != std::string_view::npos;
         at = text.find(word, at + 1)) {
        if (at == 0 || !word_char(text[at - 1]) || !word_char(word.front())) {
            return true;
        }
    }
    return false;
}

constexpr std::array<std::string_view, 7> waits_and_clocks{"_clock::now(",
                                                           "sleep_for(",
                                                           "sleep_until(",
                                                           "usleep(",
                                                           "gettimeofday(",
                                                           "clock_gettime(",
                                                           "random_device"};
constexpr std::array<std::string_view, 10> io_headers{"iostream",
                                                      "fstream",
                                                      "ctime",
                                                      "thread",
                                                      "mutex",
                                                      "condition_variable",
                                                      "future",
                                                      "random",
                                                      "filesystem",
                                                      "atomic"};
constexpr std::array<std::string_view, 7> io_calls{
    "getenv(", "fopen(", "printf(", "fprintf(", "puts(", "system(", "std::time("};

}  // namespace

std::vector<std::string> wrong_includes(const SourceFile& file) {
    std::vector<std::string> wrong;
    const Floor* floor = floor_of(file.path);
    if (floor == nullptr) {
        return wrong;
    }
    for (const Include& include : includes_of(file)) {
        const std::string why = objection(file, *floor, include);
        if (!why.empty()) {
            wrong.push_back(file.path + ":" + std::to_string(include.line) + ": includes " +
                            include.path + ": " + why);
        }
    }
    return wrong;
}

std::vector<std::string> include_cycles(const std::vector<SourceFile>& files) {
    Graph graph;
    for (const SourceFile& file : files) {
        for (const Include& include : includes_of(file)) {
            if (include.quoted) {
                graph[file.path].push_back(include.path);
            }
        }
    }
    std::vector<std::string> cycles;
    std::map<std::string, bool> done;
    for (const auto& [path, edges] : graph) {
        std::vector<std::string> trail{path};
        find_cycles(graph, trail, done, cycles);
    }
    return cycles;
}

std::vector<std::string> impurities(const SourceFile& file) {
    std::vector<std::string> found;
    const Floor* floor = floor_of(file.path);
    if (floor == nullptr || floor->folder == "daemon" || floor->folder == "daemon/demo") {
        return found;
    }
    const bool pure = file.in("policy");
    for (const Include& include : includes_of(file)) {
        if (pure &&
            std::find(io_headers.begin(), io_headers.end(), include.path) != io_headers.end()) {
            found.push_back(file.path + ": <" + include.path + "> has no place in policy");
        }
    }
    const std::string code = blank_literals(file.text);
    for (const std::string_view word : waits_and_clocks) {
        if (code.find(word) != std::string::npos) {
            found.push_back(file.path + ": " + std::string(word) + " belongs to daemon");
        }
    }
    for (const std::string_view word : io_calls) {
        if (pure && has_word(code, word)) {
            found.push_back(file.path + ": " + std::string(word) + " has no place in policy");
        }
    }
    return found;
}

}  // namespace tided::shape
