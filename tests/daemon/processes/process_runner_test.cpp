// Real processes: what a child gets, how it ends, and that nothing of it stays behind.
#include "daemon/processes/process_runner.h"

#include <chrono>
#include <csignal>
#include <string>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include "daemon/processes/proc.h"
#include "tests/daemon/session_rig.h"
#include "tests/support/scripted_server.h"

namespace tided::daemon {

namespace {

using actuators::Command;
using actuators::Exit;
using actuators::Lifetime;
using actuators::ProcessId;
using actuators::Signal;
using testing::in;
using testing::plenty;
using testing::run;

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

/// Runs `work` in a forked process that then waits to be killed, and kills it: what a daemon's
/// death by SIGKILL leaves behind. Gives back what `work` gave.
ProcessId in_dying_daemon(Lifetime lifetime) {
    int ends[2] = {-1, -1};
    REQUIRE(::pipe(ends) == 0);
    const pid_t daemon = ::fork();
    if (daemon == 0) {
        Rig rig;
        const auto id = rig.runner->spawn(
            {.command = program({"/bin/sleep", "60"}), .label = "", .lifetime = lifetime});
        const std::uint64_t numbers[2] = {id ? static_cast<std::uint64_t>(id->pid) : 0,
                                          id ? id->start_ticks : 0};
        [[maybe_unused]] const auto written = ::write(ends[1], numbers, sizeof numbers);
        ::pause();
        ::_exit(0);
    }
    std::uint64_t numbers[2] = {0, 0};
    REQUIRE(::read(ends[0], numbers, sizeof numbers) == sizeof numbers);
    ::kill(daemon, SIGKILL);
    ::waitpid(daemon, nullptr, 0);
    ::close(ends[0]);
    ::close(ends[1]);
    return {
        .pid = static_cast<std::int32_t>(numbers[0]), .start_ticks = numbers[1], .boot = boot_id()};
}

/// Waits until the process is gone, whoever its parent is; false after `plenty`.
bool is_gone_soon(const ProcessId& id) {
    const int fd = static_cast<int>(::syscall(SYS_pidfd_open, id.pid, 0));
    if (fd < 0) {
        return true;
    }
    pollfd one{fd, POLLIN, 0};
    const int ready = ::poll(&one, 1, static_cast<int>(plenty.count()));
    ::close(fd);
    return ready == 1;
}

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

TEST_CASE("run: output over the limit kills") {
    Rig rig;
    const auto done = rig.finish(shell("while :; do echo yes; done"), "", 1000);
    REQUIRE(!done.has_value());
    CHECK(done.error().code == ErrorCode::invalid_input);
    CHECK(done.error().message == "/bin/sh wrote more than 1000 bytes");
    CHECK(rig.finish(shell("printf 12345"), "", 5)->output == "12345");
    const auto noisy =
        rig.finish(shell("head -c 100000 /dev/zero | tr '\\0' 'x' >&2; echo end >&2"));
    CHECK(noisy->diagnostics.size() == 4096);
    CHECK(noisy->diagnostics.ends_with("xxend\n"));
}

TEST_CASE("run: what is written just before the end is never lost") {
    Rig rig;
    for (int i = 0; i < 50; ++i) {
        const auto done = rig.finish(shell("printf '%05000d' 7"));
        REQUIRE(done.has_value());
        REQUIRE(done->output == std::string(4999, '0') + "7");
    }
}

TEST_CASE("run: a grandchild that holds the pipe does not hold us, and is killed") {
    Rig rig;
    const auto done = rig.finish(shell("sleep 60 & echo $!"));
    REQUIRE(done.has_value());
    CHECK(is_gone_soon({.pid = std::stoi(done->output), .start_ticks = 0, .boot = ""}));
}

TEST_CASE("spawn: ignored and blocked signals, open descriptors and our session stay ours") {
    Rig rig;
    const auto before = std::signal(SIGPIPE, SIG_IGN);
    sigset_t blocked;
    ::sigemptyset(&blocked);
    ::sigaddset(&blocked, SIGUSR1);
    ::pthread_sigmask(SIG_BLOCK, &blocked, nullptr);
    const int leak = ::open("/dev/null", O_RDONLY);  // not close-on-exec, on purpose
    const auto done = rig.finish(shell(
        "grep -E 'Sig(Ign|Blk)' /proc/self/status; ls /proc/self/fd; ps -o pid=,pgid=,sid= $$"));
    ::close(leak);
    ::pthread_sigmask(SIG_UNBLOCK, &blocked, nullptr);
    std::signal(SIGPIPE, before);
    REQUIRE(done.has_value());
    CHECK(done->output.starts_with(
        "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n0\n1\n2\n3\n"));
    int pid = 0;
    int group = 1;
    int session = 2;
    const auto numbers = done->output.substr(done->output.find("\n3\n") + 3);
    CHECK(std::sscanf(numbers.c_str(), "%d %d %d", &pid, &group, &session) == 3);
    CHECK(pid == group);
    CHECK(pid == session);
}

TEST_CASE("spawn: a long line comes in parts") {
    Rig rig;
    const auto id = rig.runner->spawn(
        {.command = shell("head -c 5000 /dev/zero | tr '\\0' 'x'; echo; echo end"), .label = "a"});
    REQUIRE(id.has_value());
    CHECK(rig.wait(*id) == Exit{});
    CHECK(rig.lines ==
          "a: " + std::string(4096, 'x') + "\na: " + std::string(904, 'x') + "\na: end\n");
}

TEST_CASE("signal: reaches the child, through a pidfd, until it has ended") {
    Rig rig;
    const auto id = rig.runner->spawn({.command = program({"/bin/sleep", "60"}), .label = "s"});
    REQUIRE(id.has_value());
    CHECK(!rig.runner->ended(*id).has_value());
    CHECK(rig.runner->signal(*id, Signal::terminate).has_value());
    CHECK(rig.wait(*id) == Exit{.signal = SIGTERM});
    const auto late = rig.runner->signal(*id, Signal::terminate);
    REQUIRE(!late.has_value());
    CHECK(late.error().code == ErrorCode::not_found);
    CHECK(late.error().message == "process " + std::to_string(id->pid) + " is not under watch");
}

TEST_CASE("signal: kill takes the whole process group") {
    Rig rig;
    const auto id =
        rig.runner->spawn({.command = shell("sleep 60 & echo $!; wait"), .label = "group"});
    REQUIRE(id.has_value());
    while (rig.lines.empty() && rig.io.run_one() > 0) {
    }
    const ProcessId grandchild{.pid = std::stoi(rig.lines.substr(7)), .start_ticks = 0, .boot = ""};
    CHECK(rig.runner->signal(*id, Signal::kill).has_value());
    CHECK(rig.wait(*id) == Exit{.signal = SIGKILL});
    CHECK(is_gone_soon(grandchild));
}

TEST_CASE("the daemon killed: children that belong to it die, kept ones are adopted") {
    CHECK(is_gone_soon(in_dying_daemon(Lifetime::with_daemon)));
    const ProcessId kept = in_dying_daemon(Lifetime::kept);
    Rig rig;
    REQUIRE(rig.runner->adopt(kept).has_value());
    CHECK(!rig.runner->ended(kept).has_value());
    CHECK(rig.runner->signal(kept, Signal::terminate).has_value());
    CHECK(rig.wait(kept) == Exit{});
    CHECK(rig.exits == 1);
}

TEST_CASE("adopt: another boot, another start time and a dead pid are refused") {
    Rig rig;
    const auto id = rig.runner->spawn(
        {.command = program({"/bin/sleep", "60"}), .label = "k", .lifetime = Lifetime::kept});
    REQUIRE(id.has_value());
    const auto refusal = [](ProcessId other) {
        Rig second;
        const auto adopted = second.runner->adopt(other);
        return adopted ? std::string("adopted") : adopted.error().message;
    };
    const std::string pid = "process " + std::to_string(id->pid);
    CHECK(refusal(*id) == "adopted");
    ProcessId reused = *id;
    ++reused.start_ticks;
    CHECK(refusal(reused) == pid + " is another process by now");
    ProcessId old = *id;
    old.boot = "another";
    CHECK(refusal(old) == pid + " was started before this boot");
    CHECK(rig.runner->signal(*id, Signal::kill).has_value());
    CHECK(rig.wait(*id) == Exit{.signal = SIGKILL});
    CHECK(refusal(*id) == pid + " is gone");
    CHECK(refusal({.pid = 0, .start_ticks = 0, .boot = id->boot}) == "process 0 is no process");
}

TEST_CASE("find_marked: by the mark in the environment, a child and what it forked") {
    Rig rig;
    const std::string state = "test-" + std::to_string(::getpid());
    Command command = shell("sleep 60 & echo started >&2; exec sleep 60");
    command.environment = {{"TIDED_CHILD", state + "/web[0]"}};
    const auto id = rig.runner->spawn({.command = command, .label = "m"});
    REQUIRE(id.has_value());
    while (rig.lines.empty() && rig.io.run_one() > 0) {
    }
    for (int tries = 0; tries < 10'000 && MarkedProcesses{}.find(state + "/").size() < 2; ++tries) {
    }  // in the midst of its exec it has no mark
    auto found = rig.runner->find_marked(state + "/");
    REQUIRE(found.size() == 2);
    if (!found.front().leads()) {
        std::swap(found.front(), found.back());  // born in the same clock tick
    }
    CHECK(found.front() ==
          actuators::Marked{.id = *id, .mark = state + "/web[0]", .session = id->pid});
    CHECK(found.back().mark == state + "/web[0]");
    CHECK(found.back().session == id->pid);
    CHECK_FALSE(found.back().leads());
    CHECK(rig.runner->find_marked(state + "/db").empty());
    CHECK(rig.runner->signal(*id, Signal::kill).has_value());
    CHECK(rig.wait(*id) == Exit{.signal = SIGKILL});
}

TEST_CASE("proc: a program's name may hold anything") {
    const auto facts =
        parse_stat("42 (a) S 1 (b) R 7 9 42 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 123456 0 0\n");
    REQUIRE(facts.has_value());
    CHECK(facts->state == 'R');
    CHECK(facts->parent == 7);
    CHECK(facts->group == 9);
    CHECK(facts->session == 42);
    CHECK(facts->start_ticks == 123456);
    CHECK(!parse_stat("42 (a) S 1").has_value());
    CHECK(!parse_stat("").has_value());
}

TEST_CASE("probe: 2xx is ready, anything else is said; all are asked at once") {
    testing::ScriptedServer ready([](testing::Peer& peer, std::size_t) {
        peer.read_request();
        peer.write(testing::answer(204, ""));
    });
    testing::ScriptedServer busy([](testing::Peer& peer, std::size_t) {
        peer.read_request();
        peer.write(testing::answer(503, "starting"));
    });
    testing::ScriptedServer silent([](testing::Peer& peer, std::size_t) { peer.wait_for_close(); });
    Rig rig;
    const auto answers = run(
        rig.io,
        rig.runner->probe(
            {ready.url("/ready"), busy.url("/ready"), silent.url("/"), "tcp://" + silent.address()},
            Duration{100},
            in(plenty)));
    REQUIRE(answers.size() == 4);
    CHECK(answers[0].has_value());
    CHECK(answers[1].error().message == busy.url("/ready") + " answered with status 503");
    CHECK(testing::without_duration(answers[2].error()) ==
          silent.address() + ": no answer, timed out after ");
    CHECK(answers[3].has_value());
}

}  // namespace tided::daemon
