// Descriptor: an open file descriptor that closes itself, and the few calls that make one.
// Everything is close-on-exec from birth.
#pragma once

#include <string_view>
#include <utility>

#include <sys/types.h>

#include "policy/vocab/result.h"

namespace tided::daemon {

class Descriptor {
public:
    Descriptor() = default;
    explicit Descriptor(int fd) : fd_(fd) {}
    Descriptor(Descriptor&& other) noexcept : fd_(other.release()) {}
    Descriptor& operator=(Descriptor&& other) noexcept {
        reset(other.release());
        return *this;
    }
    ~Descriptor() { reset(); }

    [[nodiscard]] int get() const { return fd_; }
    [[nodiscard]] explicit operator bool() const { return fd_ >= 0; }
    [[nodiscard]] int release() { return std::exchange(fd_, -1); }
    void reset(int fd = -1);

private:
    int fd_ = -1;
};

struct Pipe {
    Descriptor read;
    Descriptor write;
};

/// Both ends above 2, so that they can be placed on 0, 1 and 2 of a child.
[[nodiscard]] Result<Pipe> make_pipe();

[[nodiscard]] Result<Descriptor> open_null();

/// A file in memory that holds `content` and stands at its beginning: standard input that needs
/// nobody to feed it.
[[nodiscard]] Result<Descriptor> make_input(std::string_view content);

[[nodiscard]] Result<Descriptor> open_pidfd(pid_t pid);

/// Reads never block from now on.
void set_non_blocking(const Descriptor& descriptor);

/// Waits for a child that is ending and forgets its status.
void reap(pid_t pid);

}  // namespace tided::daemon
