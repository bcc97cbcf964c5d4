// Logging: lines as they arrive in a file, on standard error and in the journal.
#include "daemon/telemetry/logging.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string_view>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include "tests/support/temporary_directory.h"

namespace tided::daemon {
namespace {

using testing::TemporaryDirectory;

std::string content(const std::string& path) {
    std::ifstream file{path};
    return {std::istreambuf_iterator<char>{file}, {}};
}

/// The file's text with each instant replaced by "T".
std::string without_instants(const std::string& path) {
    constexpr std::string_view shape = "dddd-dd-ddTdd:dd:dd.dddZ";
    std::string text = content(path);
    for (std::size_t at = 0; at + shape.size() <= text.size(); ++at) {
        const bool is_instant = std::equal(
            shape.begin(),
            shape.end(),
            text.begin() + static_cast<std::ptrdiff_t>(at),
            [](char wanted, char c) { return wanted == 'd' ? c >= '0' && c <= '9' : c == wanted; });
        if (is_instant) {
            text.replace(at, shape.size(), "T");
        }
    }
    return text;
}

/// Puts logging back to standard error at level info.
struct Restore {
    Restore() = default;
    Restore(const Restore&) = delete;
    Restore& operator=(const Restore&) = delete;
    ~Restore() { static_cast<void>(set_up_logging("info", "")); }
};

/// Standard error goes to `descriptor` while it lives.
class Redirected {
public:
    explicit Redirected(int descriptor) : kept_(::dup(STDERR_FILENO)) {
        ::dup2(descriptor, STDERR_FILENO);
    }
    Redirected(const Redirected&) = delete;
    Redirected& operator=(const Redirected&) = delete;
    ~Redirected() {
        ::dup2(kept_, STDERR_FILENO);
        ::close(kept_);
    }

private:
    int kept_;
};

TEST_CASE("a file gets instant, level and sentence, one line each") {
    const TemporaryDirectory home;
    const Restore restore;
    REQUIRE(set_up_logging("trace", home / "log").has_value());
    log(LogLevel::error, "the state cannot be written");
    log(LogLevel::warn, "two\nlines\tand \x1b[31mcolour");
    log(LogLevel::info, "web: 4 -> 7");
    log(LogLevel::debug, "tick");
    log(LogLevel::trace, "bytes");
    CHECK(without_instants(home / "log") ==
          "T error the state cannot be written\n"
          "T warn  two\\nlines\\tand \\x1b[31mcolour\n"
          "T info  web: 4 -> 7\n"
          "T debug tick\n"
          "T trace bytes\n");
    struct stat found {};
    REQUIRE(::stat((home / "log").c_str(), &found) == 0);
    CHECK((found.st_mode & 0777) == 0640);
}

TEST_CASE("a level keeps quieter ones out") {
    const TemporaryDirectory home;
    const Restore restore;
    REQUIRE(set_up_logging("warn", home / "log").has_value());
    log(LogLevel::info, "a change");
    log(LogLevel::warn, "look today");
    CHECK(without_instants(home / "log") == "T warn  look today\n");
    CHECK(logs(LogLevel::error));
    CHECK_FALSE(logs(LogLevel::info));
}

TEST_CASE("setting up again re-opens a file that was moved away") {
    const TemporaryDirectory home;
    const Restore restore;
    REQUIRE(set_up_logging("info", home / "log").has_value());
    log(LogLevel::info, "before");
    std::filesystem::rename(home / "log", home / "log.1");
    log(LogLevel::info, "between");
    REQUIRE(set_up_logging("info", home / "log").has_value());
    log(LogLevel::info, "after");
    CHECK(without_instants(home / "log.1") == "T info  before\nT info  between\n");
    CHECK(without_instants(home / "log") == "T info  after\n");
}

TEST_CASE("what cannot be set up is said and changes nothing") {
    const TemporaryDirectory home;
    const Restore restore;
    REQUIRE(set_up_logging("info", home / "log").has_value());
    CHECK(set_up_logging("loud", "").error().message ==
          "log level \"loud\" is unknown: expected error, warn, info, debug or trace");
    CHECK(set_up_logging("info", home / "none/log").error().message ==
          "opening log file " + (home / "none/log") + ": No such file or directory");
    log(LogLevel::info, "still here");
    CHECK(without_instants(home / "log") == "T info  still here\n");
}

TEST_CASE("the journal gets priorities instead of instants and levels") {
    const TemporaryDirectory home;
    const Restore restore;
    const int file = ::open((home / "journal").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    REQUIRE(file >= 0);
    struct stat found {};
    REQUIRE(::fstat(file, &found) == 0);
    {
        const Redirected redirected{file};
        const std::string stream =
            std::to_string(found.st_dev) + ":" + std::to_string(found.st_ino);
        ::setenv("JOURNAL_STREAM", stream.c_str(), 1);
        REQUIRE(set_up_logging("debug", "").has_value());
        log(LogLevel::error, "e");
        log(LogLevel::warn, "w");
        log(LogLevel::info, "i");
        log(LogLevel::debug, "d");
        ::setenv("JOURNAL_STREAM", "1:1", 1);
        REQUIRE(set_up_logging("debug", "").has_value());
        log(LogLevel::info, "of another stream");
        ::unsetenv("JOURNAL_STREAM");
    }
    ::close(file);
    CHECK(without_instants(home / "journal") ==
          "<3>e\n<4>w\n<6>i\n<7>d\nT info  of another stream\n");
}

TEST_CASE("lines that would block are dropped and counted") {
    const Restore restore;
    int ends[2] = {-1, -1};
    REQUIRE(::pipe2(ends, O_CLOEXEC | O_NONBLOCK) == 0);
    std::string text;
    {
        const Redirected redirected{ends[1]};
        REQUIRE(set_up_logging("info", "").has_value());
        const std::string line(3000, 'x');
        for (int i = 0; i < 100; ++i) {  // a pipe holds 64 kB
            log(LogLevel::info, line);
        }
        std::string piece(1 << 20, '\0');
        const ssize_t first = ::read(ends[0], piece.data(), piece.size());
        REQUIRE(first > 0);
        log(LogLevel::info, "read again");
        const ssize_t rest = ::read(ends[0], piece.data(), piece.size());
        REQUIRE(rest > 0);
        text.assign(piece.data(), static_cast<std::size_t>(rest));
    }
    ::close(ends[0]);
    ::close(ends[1]);
    CHECK(text.find(" log lines were dropped: standard error was not read\n") != std::string::npos);
    CHECK(text.ends_with("info  read again\n"));
}

TEST_CASE("a line longer than a pipe takes at once is cut") {
    const TemporaryDirectory home;
    const Restore restore;
    REQUIRE(set_up_logging("info", home / "log").has_value());
    log(LogLevel::info, std::string(10'000, 'x'));
    const std::string line = content(home / "log");
    CHECK(line.size() == 4000 + std::string{"…\n"}.size());
    CHECK(line.ends_with("x…\n"));
}

TEST_CASE("an event as a line: the sentence, then what it has") {
    Event event;
    event.kind = EventKind::decision;
    event.policy = "web";
    event.pool = "web pool";
    event.step = "3-17";
    event.text = "web: 4 -> 7 because rps is 712";
    CHECK(format(event) ==
          "web: 4 -> 7 because rps is 712 kind=decision policy=web pool=\"web pool\" step=3-17");
    Event started;
    started.kind = EventKind::started;
    started.text = "tided runs";
    CHECK(format(started) == "tided runs kind=started");
    event.kind = EventKind::step_outcome;
    event.outcome = "failed";
    event.subject = "a\"b";
    CHECK(format(event) ==
          "web: 4 -> 7 because rps is 712 kind=step_outcome policy=web pool=\"web pool\" "
          "subject=\"a\\\"b\" step=3-17 outcome=failed");
}

}  // namespace
}  // namespace tided::daemon
