#include "daemon/processes/child.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <string>
#include <utility>

#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/posix/stream_descriptor.hpp>

namespace tided::daemon {

namespace asio = boost::asio;

namespace {

constexpr unsigned to_process_group = 1U << 2U;  // PIDFD_SIGNAL_PROCESS_GROUP, Linux 6.9

int number_of(actuators::Signal signal) {
    switch (signal) {
        case actuators::Signal::terminate:
            return SIGTERM;
        case actuators::Signal::interrupt:
            return SIGINT;
        case actuators::Signal::hangup:
            return SIGHUP;
        case actuators::Signal::quit:
            return SIGQUIT;
        case actuators::Signal::kill:
            return SIGKILL;
        case actuators::Signal::user1:
            return SIGUSR1;
        case actuators::Signal::user2:
            return SIGUSR2;
    }
    return SIGKILL;
}

bool send(int pidfd, int signal, unsigned flags) {
    return ::syscall(SYS_pidfd_send_signal, pidfd, signal, nullptr, flags) == 0;
}

}  // namespace

struct Child::Watch {
    Watch(asio::any_io_executor io, int fd) : stream(std::move(io), fd) {}

    asio::posix::stream_descriptor stream;
    std::function<void()> on_end;

    static void begin(const std::shared_ptr<Watch>& watch);
    [[nodiscard]] bool has_ended();
};

void Child::Watch::begin(const std::shared_ptr<Watch>& watch) {
    watch->stream.async_wait(asio::posix::stream_descriptor::wait_read,
                             [weak = std::weak_ptr(watch)](auto error) {
                                 const auto woken = weak.lock();
                                 if (error || !woken || !woken->on_end) {
                                     return;
                                 }
                                 if (woken->has_ended()) {
                                     std::exchange(woken->on_end, nullptr)();
                                 } else {
                                     begin(woken);
                                 }
                             });
}

/// Asio wakes falsely: what epoll has said of a descriptor that was closed in the same turn is
/// given to the one that took its place.
bool Child::Watch::has_ended() {
    pollfd descriptor{.fd = stream.native_handle(), .events = POLLIN, .revents = 0};
    return ::poll(&descriptor, 1, 0) == 1;
}

Child::Child(asio::any_io_executor io, actuators::ProcessId id, Kin kin, Descriptor pidfd)
    : io_(std::move(io)),
      id_(std::move(id)),
      kin_(kin),
      watch_(std::make_shared<Watch>(io_, pidfd.release())),
      ended_(io_) {}

Child::~Child() {
    watch_->on_end = nullptr;
}

int Child::pidfd() const {
    return watch_->stream.native_handle();
}

void Child::read(Descriptor read_end, OutputPipe::Sink sink) {
    pipes_.push_back(std::make_unique<OutputPipe>(io_, std::move(read_end), std::move(sink)));
}

void Child::watch(std::function<void()> on_end) {
    watch_->on_end = [this, then = std::move(on_end)] {
        finish();
        then();
    };
    Watch::begin(watch_);
}

void Child::finish() {
    if (kin_ == Kin::own) {
        ::kill(-id_.pid, SIGKILL);  // the zombie still holds the number: nobody else's group
    } else {
        send(pidfd(), SIGKILL, to_process_group);  // a pidfd holds on to its group, not the number
    }
    for (const auto& pipe : pipes_) {
        pipe->drain_and_close();
    }
    exit_ = reap_status();
    ended_.ring();
}

actuators::Exit Child::reap_status() const {
    const bool is_own = kin_ == Kin::own;
    siginfo_t info{};
    int result = 0;
    do {
        // Asio has made the pidfd non-blocking; the number of an own child is ours until here.
        result = is_own ? ::waitid(P_PID, static_cast<id_t>(id_.pid), &info, WEXITED)
                        : ::waitid(P_PIDFD, static_cast<id_t>(pidfd()), &info, WEXITED | WNOHANG);
    } while (result < 0 && errno == EINTR);
    if (result < 0) {
        return {};
    }
    if (info.si_code == CLD_EXITED) {
        return {.code = info.si_status};
    }
    return {.signal = info.si_status};
}

Status Child::signal(actuators::Signal signal) const {
    if (exit_) {
        return fail(ErrorCode::not_found,
                    "process " + std::to_string(id_.pid) + " has ended already");
    }
    if (send(pidfd(), number_of(signal), 0)) {
        return {};
    }
    const int error = errno;
    return fail(error == ESRCH ? ErrorCode::not_found : ErrorCode::forbidden,
                "signalling process " + std::to_string(id_.pid) + ": " + std::strerror(error));
}

void Child::kill_group() const {
    if (exit_) {
        return;
    }
    if (send(pidfd(), SIGKILL, to_process_group)) {
        return;
    }
    if (kin_ == Kin::own) {
        ::kill(-id_.pid, SIGKILL);
    }
    send(pidfd(), SIGKILL, 0);
}

void Child::reap_now() {
    if (!exit_) {
        exit_ = reap_status();
    }
}

}  // namespace tided::daemon
