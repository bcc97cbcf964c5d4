#include "daemon/processes/process_runner.h"

#include <chrono>
#include <csignal>
#include <map>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "daemon/failpoint.h"
#include "daemon/processes/child.h"
#include "daemon/processes/launch.h"
#include "daemon/processes/probe.h"
#include "daemon/processes/proc.h"

namespace tided::daemon {

namespace asio = boost::asio;
using actuators::Command;
using actuators::Exit;
using actuators::Finished;
using actuators::Lifetime;
using actuators::Marked;
using actuators::ProcessId;
using actuators::Spawn;

namespace {

constexpr std::size_t diagnostics_limit = 4096;
constexpr auto kill_patience = std::chrono::seconds{2};

using SharedChild = std::shared_ptr<Child>;

/// What a helper program has written so far.
struct Capture {
    explicit Capture(std::size_t output_limit) : limit(output_limit) {}

    std::size_t limit;
    bool over = false;
    std::string output;
    std::string diagnostics;

    void add_output(std::string_view piece, Bell& bell) {
        const auto room = limit - output.size();
        over = over || piece.size() > room;
        output.append(piece.substr(0, room));
        if (over) {
            bell.ring();
        }
    }

    void add_diagnostics(std::string_view piece) {
        diagnostics.append(piece);
        if (diagnostics.size() > diagnostics_limit) {
            diagnostics.erase(0, diagnostics.size() - diagnostics_limit);
        }
    }
};

class ProcessRunner final : public actuators::Processes {
public:
    ProcessRunner(asio::any_io_executor io, RunnerOptions options)
        : io_(std::move(io)), options_(std::move(options)), boot_(boot_id()), prober_(io_) {}

    ~ProcessRunner() override;

    Result<ProcessId> spawn(const Spawn& what) override;
    Result<ProcessId> adopt(const ProcessId& id) override;
    Status signal(const ProcessId& id, actuators::Signal signal) override;
    std::optional<Exit> ended(const ProcessId& id) override;
    std::vector<Marked> find_marked(std::string_view prefix) override {
        return marked_.find(prefix);
    }
    asio::awaitable<void> wait_ended(ProcessId id, Duration timeout, Deadline deadline) override;
    asio::awaitable<Result<Finished>> run(Command command,
                                          std::string input,
                                          std::size_t output_limit,
                                          Deadline deadline) override;
    asio::awaitable<std::vector<Status>> probe(std::vector<std::string> urls,
                                               Duration timeout,
                                               Deadline deadline) override {
        return prober_.probe(std::move(urls), timeout, deadline);
    }

private:
    struct Watched {
        SharedChild child;
        Lifetime lifetime = Lifetime::with_daemon;
        bool helper = false;  ///< of run(): nobody asks how it ended
    };
    using Key = std::pair<std::int32_t, std::uint64_t>;

    static Key key(const ProcessId& id) { return {id.pid, id.start_ticks}; }
    Result<SharedChild> take_in(pid_t pid);
    void keep_watch(const SharedChild& child, Lifetime lifetime, bool helper);
    OutputPipe::Sink line_sink(const std::string& label, bool is_error) const;
    Result<SharedChild> start(const Spawn& what, const Stdio& stdio);
    Result<ProcessId> spawn_kept(const Spawn& what);
    Result<SharedChild> start_helper(const Command& command,
                                     const std::string& input,
                                     const std::shared_ptr<Capture>& capture);

    asio::any_io_executor io_;
    RunnerOptions options_;
    std::string boot_;
    std::map<Key, Watched> children_;
    MarkedProcesses marked_;
    Prober prober_;
};

ProcessRunner::~ProcessRunner() {
    for (auto& [id, watched] : children_) {
        if (watched.lifetime == Lifetime::with_daemon && watched.child->kin() == Child::Kin::own &&
            !watched.child->exit()) {
            watched.child->kill_group();
            watched.child->reap_now();
        }
    }
}

/// A child just launched: not yet reaped, so its pid and its start time belong together.
Result<SharedChild> ProcessRunner::take_in(pid_t pid) {
    auto pidfd = open_pidfd(pid);
    const auto facts = facts_of(pid);
    if (!pidfd || !facts) {
        ::kill(-pid, SIGKILL);
        reap(pid);
        return fail(ErrorCode::unavailable,
                    "watching a new process: " +
                        (pidfd ? std::string("/proc is not readable") : pidfd.error().message));
    }
    const ProcessId id{.pid = pid, .start_ticks = facts->start_ticks, .boot = boot_};
    return std::make_shared<Child>(io_, id, Child::Kin::own, *std::move(pidfd));
}

void ProcessRunner::keep_watch(const SharedChild& child, Lifetime lifetime, bool helper) {
    children_[key(child->id())] = {.child = child, .lifetime = lifetime, .helper = helper};
    child->watch([this, at = key(child->id())] {
        const auto found = children_.find(at);
        if (found != children_.end() && found->second.helper) {
            children_.erase(found);
        } else if (options_.on_exit) {
            options_.on_exit();
        }
    });
}

OutputPipe::Sink ProcessRunner::line_sink(const std::string& label, bool is_error) const {
    const auto lines = std::make_shared<LineSplitter>(
        [label, is_error, on_line = options_.on_line](std::string_view line) {
            if (on_line) {
                on_line(label, line, is_error);
            }
        });
    // The last, unfinished line is given when the pipe lets its sink go.
    const std::shared_ptr<LineSplitter> finishing(
        lines.get(), [lines](LineSplitter* splitter) { splitter->finish(); });
    return [finishing](std::string_view piece) { finishing->add(piece); };
}

Result<SharedChild> ProcessRunner::start(const Spawn& what, const Stdio& stdio) {
    marked_.forget();
    const auto pid = launch(what.command, stdio, what.lifetime);
    if (!pid) {
        return fail(pid.error());
    }
    failpoint("call_sent");
    return take_in(*pid);
}

Result<ProcessId> ProcessRunner::spawn_kept(const Spawn& what) {
    auto null = open_null();
    if (!null) {
        return fail(std::move(null).error());
    }
    const bool has_standard_error = ::fcntl(2, F_GETFD) >= 0;
    const int sink = has_standard_error ? 2 : null->get();
    auto child = start(what, {.in = null->get(), .out = sink, .err = sink});
    if (!child) {
        return fail(std::move(child).error());
    }
    keep_watch(*child, Lifetime::kept, false);
    return (*child)->id();
}

Result<ProcessId> ProcessRunner::spawn(const Spawn& what) {
    if (what.lifetime == Lifetime::kept) {
        return spawn_kept(what);
    }
    auto null = open_null();
    auto out = make_pipe();
    auto err = make_pipe();
    if (!null || !out || !err) {
        return fail(!null ? null.error() : !out ? out.error() : err.error());
    }
    auto child = start(what, {.in = null->get(), .out = out->write.get(), .err = err->write.get()});
    if (!child) {
        return fail(std::move(child).error());
    }
    (*child)->read(std::move(out->read), line_sink(what.label, false));
    (*child)->read(std::move(err->read), line_sink(what.label, true));
    keep_watch(*child, what.lifetime, false);
    return (*child)->id();
}

Result<ProcessId> ProcessRunner::adopt(const ProcessId& id) {
    const auto gone = [&id](const char* why) {
        return fail(ErrorCode::not_found, "process " + std::to_string(id.pid) + why);
    };
    if (children_.contains(key(id))) {
        return id;
    }
    if (id.boot != boot_) {
        return gone(" was started before this boot");
    }
    if (id.pid <= 0) {
        return gone(" is no process");
    }
    auto pidfd = open_pidfd(id.pid);
    if (!pidfd) {
        return fail(std::move(pidfd).error());
    }
    const auto facts = facts_of(id.pid);
    if (!facts || facts->state == 'Z') {
        return gone(" is gone");
    }
    if (facts->start_ticks != id.start_ticks) {
        return gone(" is another process by now");
    }
    keep_watch(std::make_shared<Child>(io_, id, Child::Kin::adopted, *std::move(pidfd)),
               Lifetime::kept,
               false);
    return id;
}

Status ProcessRunner::signal(const ProcessId& id, actuators::Signal signal) {
    const auto found = children_.find(key(id));
    if (found == children_.end()) {
        return fail(ErrorCode::not_found,
                    "process " + std::to_string(id.pid) + " is not under watch");
    }
    auto sent = found->second.child->signal(signal);
    if (sent && signal == actuators::Signal::kill) {
        found->second.child->kill_group();
    }
    return sent;
}

std::optional<Exit> ProcessRunner::ended(const ProcessId& id) {
    const auto found = children_.find(key(id));
    if (found == children_.end()) {
        return Exit{};
    }
    const auto exit = found->second.child->exit();
    if (exit) {
        children_.erase(found);
    }
    return exit;
}

asio::awaitable<void> ProcessRunner::wait_ended(ProcessId id, Duration timeout, Deadline deadline) {
    const auto found = children_.find(key(id));
    if (found == children_.end() || found->second.child->exit()) {
        co_return;
    }
    const SharedChild child = found->second.child;
    const auto until = std::min(std::chrono::steady_clock::now() + timeout, deadline.at);
    (void)co_await child->ended().wait(until);
}

Result<SharedChild> ProcessRunner::start_helper(const Command& command,
                                                const std::string& input,
                                                const std::shared_ptr<Capture>& capture) {
    auto in = make_input(input);
    auto out = make_pipe();
    auto err = make_pipe();
    if (!in || !out || !err) {
        return fail(!in ? in.error() : !out ? out.error() : err.error());
    }
    const Stdio stdio{.in = in->get(), .out = out->write.get(), .err = err->write.get()};
    const auto pid = launch(command, stdio, Lifetime::with_daemon);
    if (!pid) {
        return fail(pid.error());
    }
    auto taken = take_in(*pid);
    if (!taken) {
        return taken;
    }
    Child& child = **taken;
    child.read(std::move(out->read), [capture, &child](std::string_view piece) {
        capture->add_output(piece, child.ended());
    });
    child.read(std::move(err->read),
               [capture](std::string_view piece) { capture->add_diagnostics(piece); });
    keep_watch(*taken, Lifetime::with_daemon, true);
    return taken;
}

asio::awaitable<Result<Finished>> ProcessRunner::run(Command command,
                                                     std::string input,
                                                     std::size_t output_limit,
                                                     Deadline deadline) {
    const auto capture = std::make_shared<Capture>(output_limit);
    const auto started = start_helper(command, input, capture);
    if (!started) {
        co_return fail(started.error());
    }
    const SharedChild& child = *started;
    const std::string name = command.argv.front();
    Woken woken = Woken::rung;
    while (!child->exit() && !capture->over && woken == Woken::rung) {
        woken = co_await child->ended().wait(deadline.at);
    }
    if (!child->exit()) {
        child->kill_group();
        if (woken != Woken::cancelled) {
            (void)co_await child->ended().wait(std::chrono::steady_clock::now() + kill_patience);
        }
    }
    if (woken == Woken::cancelled) {
        co_return tl::unexpected(Error{.code = ErrorCode::cancelled,
                                       .message = name + " was stopped",
                                       .effect = Effect::unknown});
    }
    if (capture->over) {
        co_return tl::unexpected(
            Error{.code = ErrorCode::invalid_input,
                  .message = name + " wrote more than " + std::to_string(output_limit) + " bytes",
                  .effect = Effect::unknown});
    }
    if (woken == Woken::late) {
        co_return tl::unexpected(Error{.code = ErrorCode::timed_out,
                                       .message = name + " had not ended at its deadline",
                                       .effect = Effect::unknown});
    }
    co_return Finished{.exit = *child->exit(),
                       .output = std::move(capture->output),
                       .diagnostics = std::move(capture->diagnostics)};
}

}  // namespace

std::unique_ptr<actuators::Processes> make_process_runner(asio::any_io_executor io,
                                                          RunnerOptions options) {
    return std::make_unique<ProcessRunner>(std::move(io), std::move(options));
}

}  // namespace tided::daemon
