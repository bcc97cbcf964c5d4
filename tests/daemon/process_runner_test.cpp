// Real processes: what a child gets, how it ends, and that nothing of it stays behind.
#include "daemon/process_runner.h"

#include <chrono>

#include <sys/wait.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include "tests/support/run_awaitable.h"

namespace tided::daemon {

namespace {

using actuators::Command;
using actuators::Exit;
using actuators::Lifetime;
using actuators::ProcessId;
using actuators::Signal;
using testing::run;

Deadline in(Duration span) {
    return {.at = std::chrono::steady_clock::now() + span};
}

constexpr Duration plenty = std::chrono::seconds{5};

Command program(std::vector<std::string> argv, std::string directory = "") {
    return {.argv = std::move(argv), .environment = {}, .directory = std::move(directory)};
}

Command shell(std::string script) {
    return program({"/bin/sh", "-c", std::move(script)});
}

/// A runner that records the lines of its children.
struct Rig {
    Result<actuators::Finished> finish(Command command,
                                       std::string input = "",
                                       std::size_t limit = 65536,
                                       Duration span = plenty) {
        return testing::run(io, runner->run(std::move(command), std::move(input), limit, in(span)));
    }

    std::optional<Exit> wait(const ProcessId& id) {
        const auto ask = [](actuators::Processes& processes,
                            ProcessId which) -> boost::asio::awaitable<bool> {
            co_await processes.wait_ended(which, plenty, in(plenty));
            co_return true;
        };
        run(io, ask(*runner, id));
        return runner->ended(id);
    }

    boost::asio::io_context io;
    std::string lines;
    int exits = 0;
    std::unique_ptr<actuators::Processes> runner = make_process_runner(
        io.get_executor(),
        {.on_line =
             [this](std::string_view label, std::string_view line, bool is_error) {
                 lines += std::string(label) + (is_error ? "! " : ": ") + std::string(line) + "\n";
             },
         .on_exit = [this] { ++exits; }});
};

}  // namespace

TEST_CASE("run: input, output, diagnostics and status") {
    Rig rig;
    const auto done = rig.finish(shell("cat; echo wrong >&2; exit 3"), "hello");
    REQUIRE(done.has_value());
    CHECK(done->output == "hello");
    CHECK(done->diagnostics == "wrong\n");
    CHECK(done->exit == Exit{.code = 3});
}

TEST_CASE("run: the child sees the environment and directory given, and three descriptors") {
    Rig rig;
    ::setenv("TIDED_TEST_LEAK", "leaked", 1);
    const auto done = rig.finish({.argv = {"/bin/sh", "-c", "/usr/bin/env; pwd; ls /proc/self/fd"},
                                  .environment = {{"A", "1"}, {"PATH", "/bin"}},
                                  .directory = "/usr"});
    ::unsetenv("TIDED_TEST_LEAK");
    REQUIRE(done.has_value());
    // 3 is ls reading the directory.
    CHECK(done->output == "A=1\nPATH=/bin\nPWD=/usr\n/usr\n0\n1\n2\n3\n");
}

TEST_CASE("spawn: lines, the end, and no zombie") {
    Rig rig;
    const auto id = rig.runner->spawn(
        {.command = shell("echo one; echo two >&2; printf three; exit 7"), .label = "web[2]"});
    REQUIRE(id.has_value());
    CHECK(rig.wait(*id) == Exit{.code = 7});
    CHECK(rig.exits == 1);
    CHECK(rig.lines.find("web[2]: one\n") != std::string::npos);
    CHECK(rig.lines.find("web[2]! two\n") != std::string::npos);
    CHECK(rig.lines.find("web[2]: three\n") != std::string::npos);
    CHECK(::waitpid(id->pid, nullptr, WNOHANG) == -1);
}

TEST_CASE("spawn: what cannot be started is an error") {
    Rig rig;
    struct Row {
        Command command;
        ErrorCode code;
        const char* message;
    };
    Command searched = program({"no-such-program"});
    searched.environment = {{"PATH", "/bin:/usr/bin"}};
    const Row rows[] = {
        {program({"/no/such/program"}), ErrorCode::not_found, "no program /no/such/program"},
        {searched, ErrorCode::not_found, "no program \"no-such-program\" in /bin:/usr/bin"},
        {program({"/etc/passwd"}), ErrorCode::forbidden, "starting /etc/passwd: Permission denied"},
        {program({"/bin/true"}, "/no/such/place"),
         ErrorCode::not_found,
         "changing to directory /no/such/place: No such file or directory"},
        {program({}), ErrorCode::invalid_input, "the command is empty"},
    };
    for (const Row& row : rows) {
        const auto id = rig.runner->spawn({.command = row.command, .label = "x"});
        REQUIRE(!id.has_value());
        CHECK(id.error().code == row.code);
        CHECK(id.error().message == row.message);
    }
    CHECK(::waitpid(-1, nullptr, WNOHANG) == -1);
}

TEST_CASE("run: at the deadline the whole group is killed") {
    Rig rig;
    const auto done = rig.finish(shell("sleep 60 & sleep 60"), "", 65536, Duration{100});
    REQUIRE(!done.has_value());
    CHECK(done.error().code == ErrorCode::timed_out);
    CHECK(done.error().message == "/bin/sh had not ended at its deadline");
    CHECK(::waitpid(-1, nullptr, WNOHANG) == -1);
}

TEST_CASE("probe: a closed port and an open one") {
    Rig rig;
    const auto answers =
        run(rig.io,
            rig.runner->probe(
                {"tcp://127.0.0.1:1", "http://127.0.0.1:1/ready", "x"}, plenty, in(plenty)));
    REQUIRE(answers.size() == 3);
    CHECK(answers[0].error().message == "connecting to 127.0.0.1:1: connection refused");
    CHECK(answers[1].error().message == "connecting to 127.0.0.1:1: connection refused");
    CHECK(answers[2].error().code == ErrorCode::invalid_input);
}

}  // namespace tided::daemon
