// The fake host of fake_processes.h.
#include "tests/support/fake_processes.h"

#include <algorithm>
#include <stdexcept>

namespace tided::support {

using namespace tided::actuators;

namespace {

constexpr std::int32_t first_pid = 100;
constexpr std::int32_t pids = 60;  ///< few, so that they are used again soon
const std::string boot = "b007";

bool is_fatal(Signal signal) {
    return signal != Signal::user1 && signal != Signal::user2;
}

std::string mark_of(const FakeProcesses::Process& process) {
    for (const auto& [name, value] : process.what.command.environment) {
        if (name == mark_variable) {
            return value;
        }
    }
    return {};
}

}  // namespace

/// Tells the test of a call before and, unless it failed, after its effect.
class FakeProcesses::Call {
public:
    Call(const FakeProcesses& host, std::string_view name) : host_(host), name_(name) {
        if (host_.before_call) {
            host_.before_call(name_);
        }
    }
    void is_over() const {
        if (host_.after_call) {
            host_.after_call(name_);
        }
    }

private:
    const FakeProcesses& host_;
    std::string_view name_;
};

void FakeProcesses::pass(Duration time) {
    now_ += time;
    for (Process* process : known_) {
        if (process->is_alive && process->ends_at >= Duration{} && process->ends_at <= now_) {
            die(*process);
        }
    }
    forget_the_gone();
}

/// The runner kills the group of a child of its own when that has ended.
void FakeProcesses::die(Process& process) {
    process.is_alive = false;
    for (Process* other : known_) {
        if (other->leader == &process && process.is_watched && !process.is_adopted) {
            other->is_alive = false;
        }
    }
}

void FakeProcesses::forget_the_gone() {
    std::erase_if(
        known_, [](const Process* process) { return !process->is_alive && !process->is_watched; });
}

void FakeProcesses::end(const std::string& label, Exit exit) {
    for (Process* process : known_) {
        if (process->is_alive && process->what.label == label) {
            die(*process);
            process->exit = exit;
            return;
        }
    }
    throw std::logic_error(label + " does not run");
}

void FakeProcesses::daemon_died() {
    for (Process* process : known_) {
        process->is_watched = false;
        if (process->what.lifetime == Lifetime::with_daemon && process->leader == nullptr) {
            process->is_alive = false;
        }
    }
    forget_the_gone();
}

void FakeProcesses::add_stranger(const std::string& mark, std::int32_t pid, std::int32_t session) {
    Process process;
    process.session = session == 0 ? pid : session;
    process.id = {.pid = pid, .start_ticks = ++ticks_, .boot = boot};
    process.what.label = "stranger";
    process.what.lifetime = Lifetime::kept;
    process.what.command.environment.emplace_back(mark_variable, mark);
    process.is_watched = false;
    known_.push_back(&processes_.emplace_back(process));
}

std::vector<std::string> FakeProcesses::alive() const {
    std::vector<std::string> labels;
    for (const Process* process : known_) {
        if (process->is_alive) {
            labels.push_back(process->what.label);
        }
    }
    std::sort(labels.begin(), labels.end());
    return labels;
}

const FakeProcesses::Process& FakeProcesses::last(const std::string& label) const {
    for (auto it = processes_.rbegin(); it != processes_.rend(); ++it) {
        if (it->what.label == label) {
            return *it;
        }
    }
    throw std::logic_error(label + " was never started");
}

ProcessId FakeProcesses::fresh_id() {
    const auto is_taken = [this](std::int32_t pid) {
        return std::any_of(known_.begin(), known_.end(), [pid](const Process* process) {
            return process->is_alive && (process->id.pid == pid || process->session == pid);
        });
    };
    do {
        last_pid_ = first_pid + (last_pid_ + 1 - first_pid) % pids;
    } while (is_taken(last_pid_));
    return {.pid = last_pid_, .start_ticks = ++ticks_, .boot = boot};
}

FakeProcesses::Process* FakeProcesses::find(const ProcessId& id) {
    const auto it = std::find_if(
        known_.begin(), known_.end(), [&](const Process* process) { return process->id == id; });
    return it == known_.end() ? nullptr : *it;
}

Result<ProcessId> FakeProcesses::spawn(const Spawn& what) {
    const Call call{*this, "spawn"};
    if (!spawn_errors.empty()) {
        Error error = spawn_errors.front();
        spawn_errors.pop_front();
        return fail(std::move(error));
    }
    Process process;
    process.id = fresh_id();
    process.what = what;
    process.session = process.id.pid;
    known_.push_back(&processes_.emplace_back(process));
    if (children_fork) {
        Process forked = process;
        forked.leader = known_.back();
        forked.id = fresh_id();
        forked.what.label += "+";
        forked.is_watched = false;
        known_.push_back(&processes_.emplace_back(forked));
    }
    call.is_over();
    return process.id;
}

Result<ProcessId> FakeProcesses::adopt(const ProcessId& id) {
    const Call call{*this, "adopt"};
    if (!adopt_errors.empty()) {
        Error error = adopt_errors.front();
        adopt_errors.pop_front();
        return fail(std::move(error));
    }
    Process* process = find(id);
    if (process == nullptr || !process->is_alive) {
        return fail(ErrorCode::not_found, "process " + std::to_string(id.pid) + " is gone");
    }
    process->is_watched = true;
    process->is_adopted = true;
    call.is_over();
    return id;
}

Status FakeProcesses::signal(const ProcessId& id, Signal signal) {
    const Call call{*this, "signal"};
    Process* process = find(id);
    if (process == nullptr || !process->is_alive) {
        return fail(ErrorCode::not_found, "process " + std::to_string(id.pid) + " is gone");
    }
    process->signals.push_back(signal);
    const bool is_obeyed = is_fatal(signal) && !ignored_signals.contains(signal);
    if (signal == Signal::kill || (is_obeyed && stopping_takes == Duration{})) {
        die(*process);
        process->exit = {.signal = signal == Signal::kill ? 9 : 15};
    } else if (is_obeyed && process->ends_at < Duration{}) {
        process->ends_at = now_ + stopping_takes;
        process->exit = {.signal = 15};
    }
    call.is_over();
    return {};
}

std::optional<Exit> FakeProcesses::ended(const ProcessId& id) {
    const Call call{*this, "ended"};
    Process* process = find(id);
    if (process == nullptr || process->is_alive || !process->is_watched) {
        return std::nullopt;
    }
    process->is_watched = false;
    call.is_over();
    return process->is_adopted ? Exit{} : process->exit;
}

std::vector<Marked> FakeProcesses::find_marked(std::string_view prefix) {
    const Call call{*this, "find_marked"};
    std::vector<Marked> found;
    for (const Process* process : known_) {
        const std::string mark = mark_of(*process);
        if (process->is_alive && !mark.empty() && mark.starts_with(prefix)) {
            found.push_back({.id = process->id, .mark = mark, .session = process->session});
        }
    }
    call.is_over();
    return found;
}

boost::asio::awaitable<void> FakeProcesses::wait_ended(ProcessId id,
                                                       Duration timeout,
                                                       Deadline /*deadline*/) {
    Process* process = find(id);
    if (process != nullptr) {
        waits.push_back(process->what.label + " " + to_string(timeout));
        pass(process->is_alive ? timeout : Duration{});
    }
    co_return;
}

boost::asio::awaitable<Result<Finished>> FakeProcesses::run(Command command,
                                                            std::string input,
                                                            std::size_t output_limit,
                                                            Deadline /*deadline*/) {
    const Call call{*this, "run"};
    runs.push_back(
        {.command = std::move(command), .input = std::move(input), .output_limit = output_limit});
    auto finished = program(runs.back());
    call.is_over();
    co_return finished;
}

boost::asio::awaitable<std::vector<Status>> FakeProcesses::probe(std::vector<std::string> urls,
                                                                 Duration /*timeout*/,
                                                                 Deadline /*deadline*/) {
    const Call call{*this, "probe"};
    std::vector<Status> answers;
    for (const std::string& url : urls) {
        probed.push_back(url);
        answers.push_back(answer_probe ? answer_probe(url) : Status{});
    }
    call.is_over();
    co_return answers;
}

}  // namespace tided::support
