#include "daemon/processes/descriptor.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <string>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace tided::daemon {

namespace {

tl::unexpected<Error> refused(const char* what) {
    return fail(ErrorCode::unavailable, std::string(what) + ": " + std::strerror(errno));
}

/// The same file on a number above 2 (a daemon started without standard streams has low ones free).
Descriptor above_2(Descriptor descriptor) {
    if (descriptor.get() > 2) {
        return descriptor;
    }
    return Descriptor(::fcntl(descriptor.get(), F_DUPFD_CLOEXEC, 3));
}

}  // namespace

void Descriptor::reset(int fd) {
    if (fd_ >= 0) {
        ::close(fd_);
    }
    fd_ = fd;
}

Result<Pipe> make_pipe() {
    std::array<int, 2> ends{-1, -1};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
        return refused("no pipe");
    }
    Pipe pipe{.read = above_2(Descriptor(ends[0])), .write = above_2(Descriptor(ends[1]))};
    if (!pipe.read || !pipe.write) {
        return refused("no pipe");
    }
    return pipe;
}

Result<Descriptor> open_null() {
    Descriptor null = above_2(Descriptor(::open("/dev/null", O_RDWR | O_CLOEXEC)));
    if (!null) {
        return refused("opening /dev/null");
    }
    return null;
}

Result<Descriptor> make_input(std::string_view content) {
    Descriptor file = above_2(Descriptor(::memfd_create("tided-input", MFD_CLOEXEC)));
    if (!file) {
        return refused("no memory file");
    }
    while (!content.empty()) {
        const auto written = ::write(file.get(), content.data(), content.size());
        if (written < 0) {
            return refused("writing a memory file");
        }
        content.remove_prefix(static_cast<std::size_t>(written));
    }
    ::lseek(file.get(), 0, SEEK_SET);
    return file;
}

Result<Descriptor> open_pidfd(pid_t pid) {
    Descriptor fd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    if (!fd) {
        if (errno == ESRCH || errno == EINVAL) {
            return fail(ErrorCode::not_found, "process " + std::to_string(pid) + " is gone");
        }
        return refused("watching a process");
    }
    return fd;
}

void set_non_blocking(const Descriptor& descriptor) {
    const int flags = ::fcntl(descriptor.get(), F_GETFL);
    ::fcntl(descriptor.get(), F_SETFL, flags | O_NONBLOCK);
}

void reap(pid_t pid) {
    while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
    }
}

}  // namespace tided::daemon
