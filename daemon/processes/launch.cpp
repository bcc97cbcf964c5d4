#include "daemon/processes/launch.h"

#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/processes/descriptor.h"

namespace tided::daemon {

namespace {

constexpr std::string_view default_path = "/usr/local/bin:/usr/bin:/bin";

enum class Stage : int { directory, descriptors, program };

/// What the child tells when it could not become the program.
struct Failure {
    Stage stage = Stage::program;
    int error = 0;
};

/// Everything the child needs, laid out before vfork: it may neither allocate nor take locks.
struct Script {
    const char* path = nullptr;
    char* const* argv = nullptr;
    char* const* environment = nullptr;
    const char* directory = nullptr;
    Stdio stdio;
    int report = -1;
    pid_t parent = 0;
    bool die_with_parent = false;
};

[[noreturn]] void give_up(const Script& script, Stage stage) {
    const Failure failure{.stage = stage, .error = errno};
    [[maybe_unused]] const auto written = ::write(script.report, &failure, sizeof failure);
    ::_exit(127);
}

void place(const Script& script, int from, int to) {
    const int result = from == to ? ::fcntl(to, F_SETFD, 0) : ::dup2(from, to);
    if (result < 0) {
        give_up(script, Stage::descriptors);
    }
}

void close_on_exec_from_3(const Script& script) {
    if (::close_range(3, UINT_MAX, CLOSE_RANGE_CLOEXEC) == 0) {
        return;
    }
    const long open_max = ::sysconf(_SC_OPEN_MAX);
    const int limit = open_max > 0 && open_max < 65536 ? static_cast<int>(open_max) : 65536;
    for (int fd = 3; fd < limit; ++fd) {
        if (::fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 && errno != EBADF) {
            give_up(script, Stage::descriptors);
        }
    }
}

void reset_signals() {
    struct sigaction by_default {};
    by_default.sa_handler = SIG_DFL;
    for (int number = 1; number < NSIG; ++number) {
        ::sigaction(number, &by_default, nullptr);
    }
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

/// Runs in the child, on the parent's memory: only system calls, no return.
[[noreturn]] void become(const Script& script) {
    ::setsid();
    if (script.die_with_parent) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (::getppid() != script.parent) {
            ::_exit(127);
        }
    }
    place(script, script.stdio.in, 0);
    place(script, script.stdio.out, 1);
    place(script, script.stdio.err, 2);
    close_on_exec_from_3(script);
    if (::chdir(script.directory) != 0) {
        give_up(script, Stage::directory);
    }
    reset_signals();
    ::execve(script.path, script.argv, script.environment);
    give_up(script, Stage::program);
}

/// All signals stay blocked over vfork, so that no handler of ours runs in the child.
pid_t start(const Script& script) {
    sigset_t all;
    sigset_t before;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_BLOCK, &all, &before);
    const pid_t pid = ::vfork();
    if (pid == 0) {
        become(script);
    }
    const int error = errno;
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    errno = error;
    return pid;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> result;
    result.reserve(texts.size() + 1);
    for (std::string& text : texts) {
        result.push_back(text.data());
    }
    result.push_back(nullptr);
    return result;
}

Error explain(Failure failure, const std::string& path, const std::string& directory) {
    const std::string reason = std::strerror(failure.error);
    const auto code = failure.error == ENOENT || failure.error == ENOTDIR ? ErrorCode::not_found
                      : failure.error == EACCES || failure.error == EPERM ? ErrorCode::forbidden
                      : failure.error == ENOEXEC || failure.error == E2BIG
                          ? ErrorCode::invalid_input
                          : ErrorCode::unavailable;
    switch (failure.stage) {
        case Stage::directory:
            return {.code = code, .message = "changing to directory " + directory + ": " + reason};
        case Stage::descriptors:
            return {.code = ErrorCode::unavailable,
                    .message = "preparing descriptors for " + path + ": " + reason};
        case Stage::program:
            break;
    }
    if (failure.error == ENOENT) {
        return {.code = code, .message = "starting " + path + ": its interpreter does not exist"};
    }
    return {.code = code, .message = "starting " + path + ": " + reason};
}

bool has_nul(const actuators::Command& command) {
    const auto holds = [](const std::string& text) { return text.find('\0') != text.npos; };
    for (const auto& argument : command.argv) {
        if (holds(argument)) {
            return true;
        }
    }
    for (const auto& [name, value] : command.environment) {
        if (holds(name) || holds(value) || name.find('=') != name.npos) {
            return true;
        }
    }
    return holds(command.directory);
}

std::string_view search_path(const actuators::Command& command) {
    for (const auto& [name, value] : command.environment) {
        if (name == "PATH") {
            return value;
        }
    }
    return default_path;
}

enum class Found : std::uint8_t { runnable, not_runnable, absent };

Found look_at(const std::string& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) {
        return Found::absent;
    }
    return S_ISREG(status.st_mode) && ::access(path.c_str(), X_OK) == 0 ? Found::runnable
                                                                        : Found::not_runnable;
}

Result<pid_t> run_script(Script& script, const std::string& path, const std::string& directory) {
    auto report = make_pipe();
    if (!report) {
        return fail(std::move(report).error());
    }
    script.report = report->write.get();
    const pid_t pid = start(script);
    if (pid < 0) {
        return fail(ErrorCode::unavailable,
                    "starting " + path + ": no new process: " + std::strerror(errno));
    }
    report->write.reset();
    Failure failure;
    ssize_t got = 0;
    do {
        got = ::read(report->read.get(), &failure, sizeof failure);
    } while (got < 0 && errno == EINTR);
    if (got == 0) {
        return pid;
    }
    reap(pid);
    if (got != sizeof failure) {
        failure = {.stage = Stage::program, .error = EIO};
    }
    return fail(explain(failure, path, directory));
}

}  // namespace

Result<std::string> find_program(const actuators::Command& command) {
    if (command.argv.empty() || command.argv.front().empty()) {
        return fail(ErrorCode::invalid_input, "the command is empty");
    }
    const std::string& name = command.argv.front();
    if (name.find('/') != std::string::npos) {
        return name;
    }
    std::string refused;
    std::string_view rest = search_path(command);
    while (!rest.empty()) {
        const auto end = std::min(rest.find(':'), rest.size());
        const std::string candidate = std::string(rest.substr(0, end)) + "/" + name;
        rest.remove_prefix(std::min(end + 1, rest.size()));
        const Found found = candidate.front() == '/' ? look_at(candidate) : Found::absent;
        if (found == Found::runnable) {
            return candidate;
        }
        if (found == Found::not_runnable && refused.empty()) {
            refused = candidate;
        }
    }
    if (!refused.empty()) {
        return fail(ErrorCode::forbidden, "starting " + refused + ": it is not executable");
    }
    return fail(ErrorCode::not_found,
                "no program \"" + name + "\" in " + std::string(search_path(command)));
}

Result<pid_t> launch(const actuators::Command& command, Stdio stdio, actuators::Lifetime lifetime) {
    if (has_nul(command)) {
        return fail(ErrorCode::invalid_input,
                    "the command holds a zero byte, or a variable's name an equals sign");
    }
    auto path = find_program(command);
    if (!path) {
        return fail(std::move(path).error());
    }
    const bool absolute = path->front() == '/';
    if (absolute && look_at(*path) == Found::absent) {
        return fail(ErrorCode::not_found, "no program " + *path);
    }
    std::vector<std::string> arguments = command.argv;
    std::vector<std::string> variables;
    variables.reserve(command.environment.size());
    for (const auto& [name, value] : command.environment) {
        variables.push_back(name + "=" + value);
    }
    const auto argv = pointers(arguments);
    const auto environment = pointers(variables);
    const std::string directory = command.directory.empty() ? "/" : command.directory;
    Script script{.path = path->c_str(),
                  .argv = argv.data(),
                  .environment = environment.data(),
                  .directory = directory.c_str(),
                  .stdio = stdio,
                  .parent = ::getpid(),
                  .die_with_parent = lifetime == actuators::Lifetime::with_daemon};
    return run_script(script, *path, directory);
}

}  // namespace tided::daemon
