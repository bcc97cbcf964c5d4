// FileWatcher: what the kernel tells of files in a directory, on a real one.
#include "daemon/client/file_watcher.h"

#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <doctest/doctest.h>

#include "daemon/client/local_file.h"
#include "tests/support/temporary_directory.h"

namespace tided::daemon {

namespace {

namespace fs = std::filesystem;
using Told = std::vector<std::string>;

struct Bench {
    testing::TemporaryDirectory directory;
    boost::asio::io_context io;
    FileWatcher watcher{io.get_executor()};
    Told told{};

    [[nodiscard]] fs::path path(const std::string& name) const { return directory / name; }

    std::unique_ptr<metrics::FileWatch> watch(const std::string& pattern) {
        auto made = watcher.watch(path(pattern).string(), [this](const std::string& changed) {
            told.push_back(fs::path{changed}.filename().string());
        });
        REQUIRE(made.has_value());
        return *std::move(made);
    }
    void write(const std::string& name) const { std::ofstream{path(name)} << "x"; }
    Told news() {
        io.restart();
        io.poll();
        return std::exchange(told, {});
    }
};

}  // namespace

TEST_CASE("file watcher: files written, renamed and removed, of the pattern only") {
    Bench bench;
    const auto watch = bench.watch("*.json");
    bench.write("a.json");
    CHECK(bench.news() == Told{"a.json"});
    bench.write("b.txt");
    CHECK(bench.news().empty());
    fs::rename(bench.path("b.txt"), bench.path("b.json"));
    CHECK(bench.news() == Told{"b.json"});
    fs::rename(bench.path("b.json"), bench.path("c.json"));
    CHECK(bench.news() == Told{"b.json", "c.json"});
    fs::remove(bench.path("c.json"));
    CHECK(bench.news() == Told{"c.json"});
    fs::create_symlink("/nowhere", bench.path("link.json"));
    CHECK(bench.news() == Told{"link.json"});
    bench.write(".hidden.json");
    CHECK(bench.news().empty());
}

TEST_CASE("file watcher: a file that is being written is told when it is closed") {
    Bench bench;
    const auto watch = bench.watch("a.json");
    std::ofstream file{bench.path("a.json")};
    file << "half" << std::flush;
    CHECK(bench.news().empty());
    file.close();
    CHECK(bench.news() == Told{"a.json"});
}

TEST_CASE("file watcher: the swap of a mounted ConfigMap may change any file") {
    Bench bench;
    const auto watch = bench.watch("a.json");
    fs::create_directory_symlink("/nowhere", bench.path("..new"));
    fs::rename(bench.path("..new"), bench.path("..data"));
    CHECK(bench.news() == Told{""});
}

TEST_CASE("file watcher: several watch one directory; each ends for itself") {
    Bench bench;
    const auto one = bench.watch("a.json");
    auto two = bench.watch("*.json");
    bench.write("a.json");
    CHECK(bench.news() == Told{"a.json", "a.json"});
    two.reset();
    bench.write("a.json");
    CHECK(bench.news() == Told{"a.json"});
    CHECK(one->is_alive());
}

TEST_CASE("file watcher: a directory that goes is told, and its watch is dead") {
    Bench bench;
    CHECK_FALSE(bench.watcher.watch(bench.path("sub/a.json").string(), [](const auto&) {}));
    fs::create_directory(bench.path("sub"));
    const auto watch = bench.watch("sub/a.json");
    fs::remove(bench.path("sub"));
    CHECK(bench.news() == Told{""});
    CHECK_FALSE(watch->is_alive());
}

TEST_CASE("local files: what a pattern names, sorted; none is no error") {
    Bench bench;
    for (const char* name : {"b.json", "a.json", "c.txt"}) {
        bench.write(name);
    }
    const auto files = list_local_files(bench.path("*.json").string());
    REQUIRE(files.has_value());
    CHECK(*files == Told{bench.path("a.json").string(), bench.path("b.json").string()});
    CHECK(list_local_files(bench.path("*.yml").string()) == Told{});
}

}  // namespace tided::daemon
