// Processes: how this floor runs programs on the daemon's own host. daemon/process_runner
// implements it; tests/support fakes it. Nothing here forks or waits.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "policy/vocab/result.h"
#include "policy/vocab/time.h"

namespace tided::actuators {

/// A program to run: argv, never a shell; the environment is exactly `environment`.
struct Command {
    std::vector<std::string> argv;  ///< argv[0] is absolute or searched in the environment's PATH
    std::vector<std::pair<std::string, std::string>> environment;
    std::string directory;  ///< "" = "/"
};

/// A process that is known beyond doubt: a pid alone may be reused, a pid with its start time
/// (field 22 of /proc/PID/stat, clock ticks since boot) may not. `boot` is the kernel's boot id.
struct ProcessId {
    std::int32_t pid = 0;
    std::uint64_t start_ticks = 0;
    std::string boot;

    friend bool operator==(const ProcessId&, const ProcessId&) = default;
};

enum class Lifetime : std::uint8_t {
    with_daemon,  ///< dies with the daemon (parent-death signal, race closed); what it forked
                  ///< does not, and is found by its mark
    kept,         ///< survives it and may be adopted again
};

struct Spawn {
    Command command;
    std::string label;  ///< prefix of its log lines: "web[2]"
    Lifetime lifetime = Lifetime::with_daemon;
};

/// How a process ended.
struct Exit {
    int code = 0;    ///< exit status, if signal is 0
    int signal = 0;  ///< the signal that killed it, or 0

    friend bool operator==(const Exit&, const Exit&) = default;
};

/// A finished run of a helper program.
struct Finished {
    Exit exit;
    std::string output;
    std::string diagnostics;  ///< its standard error, last 4 kB
};

/// A process found by the mark in its environment.
struct Marked {
    ProcessId id;
    std::string mark;          ///< the value of `mark_variable`
    std::int32_t session = 0;  ///< pid of its session's leader, who may be gone

    /// Every spawned child leads a session; what it forks inherits the mark but not the lead.
    [[nodiscard]] bool leads() const { return session == id.pid; }

    friend bool operator==(const Marked&, const Marked&) = default;
};

/// The environment variable that marks a child and all it forks, so that after a crash of the
/// daemon they are found although no checkpoint names them: "<state id>/<pool>[<index>]".
inline constexpr std::string_view mark_variable = "TIDED_CHILD";

enum class Signal : std::uint8_t { terminate, interrupt, hangup, quit, kill, user1, user2 };

/// "exited with status 1", "was killed by signal 9 (SIGKILL)".
[[nodiscard]] std::string to_string(const Exit& exit);

/// "SIGTERM" …
[[nodiscard]] std::string_view to_string(Signal signal);

class Processes {
public:
    Processes() = default;
    Processes(const Processes&) = delete;
    Processes& operator=(const Processes&) = delete;
    virtual ~Processes() = default;

    /// Starts a child. Errors: not_found (no such program), forbidden, unavailable (no more
    /// processes). On success the child runs the program: an exec failure is an error here.
    [[nodiscard]] virtual Result<ProcessId> spawn(const Spawn& what) = 0;

    /// Takes a process of an earlier daemon under watch again; not_found when it is gone or
    /// the pid now belongs to another process.
    [[nodiscard]] virtual Result<ProcessId> adopt(const ProcessId& id) = 0;

    /// Through a pidfd: never reaches another process that got the same pid.
    [[nodiscard]] virtual Status signal(const ProcessId& id, Signal signal) = 0;

    /// Empty while it runs; its end when it has ended (kept until asked once; then forgotten).
    /// An adopted process that ended reports Exit{} since only its parent knows more.
    [[nodiscard]] virtual std::optional<Exit> ended(const ProcessId& id) = 0;

    /// Living processes of this user whose environment (/proc/PID/environ) gives `mark_variable` a
    /// value that begins with `prefix`. Oldest (start_ticks) first. Reads all of /proc.
    [[nodiscard]] virtual std::vector<Marked> find_marked(std::string_view prefix) = 0;

    /// Comes back when the child has ended (`ended` then says how), after `timeout`, or at the
    /// deadline, whichever is first.
    [[nodiscard]] virtual boost::asio::awaitable<void> wait_ended(ProcessId id,
                                                                  Duration timeout,
                                                                  Deadline deadline) = 0;

    /// Runs a program to its end: `input` to its standard input, at most `output_limit` bytes read
    /// back (more is an error and kills it); at the deadline its whole process group is killed.
    /// An Error says by `effect` whether the program had begun (Effect::unknown).
    [[nodiscard]] virtual boost::asio::awaitable<Result<Finished>> run(Command command,
                                                                       std::string input,
                                                                       std::size_t output_limit,
                                                                       Deadline deadline) = 0;

    /// Whether something answers at each of `urls`, all asked at once, one answer each in order:
    /// "tcp://127.0.0.1:8080" (accepts) or "http://…/ready" (2xx). Each gives up after `timeout`,
    /// all at the deadline.
    [[nodiscard]] virtual boost::asio::awaitable<std::vector<Status>> probe(
        std::vector<std::string> urls, Duration timeout, Deadline deadline) = 0;
};

}  // namespace tided::actuators
