#include "daemon/state/lock.h"

#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <thread>
#include <utility>

#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/state/ownership.h"

namespace tided::daemon {
namespace {

std::string reason(int error) {
    return std::generic_category().message(error);
}

Status make_directory(const std::string& directory) {
    struct stat found {};
    if (::stat(directory.c_str(), &found) == 0) {
        if (!S_ISDIR(found.st_mode)) {
            return fail(ErrorCode::invalid_input,
                        "state directory " + directory + ": it is not a directory");
        }
        return {};
    }
    for (auto slash = directory.find('/', 1);; slash = directory.find('/', slash + 1)) {
        const std::string part = directory.substr(0, slash);
        if (::mkdir(part.c_str(), 0750) != 0 && errno != EEXIST) {
            return fail(
                ErrorCode::forbidden,
                "state directory " + directory + ": creating " + part + ": " + reason(errno));
        }
        if (slash == std::string::npos) {
            return {};
        }
    }
}

std::string holder(int descriptor) {
    std::array<char, 32> text{};
    const ssize_t size = ::pread(descriptor, text.data(), text.size() - 1, 0);
    std::string pid = size > 0 ? std::string(text.data(), static_cast<std::size_t>(size)) : "";
    while (!pid.empty() && pid.back() == '\n') {
        pid.pop_back();
    }
    return pid.empty() ? "unknown" : pid;
}

bool is_alive(const std::string& pid) {
    std::int32_t number = 0;
    const auto [stop, problem] = std::from_chars(pid.data(), pid.data() + pid.size(), number);
    return problem != std::errc{} || number <= 0 || ::kill(number, 0) == 0 || errno == EPERM;
}

/// 0, or the errno of the refusal. A daemon that was killed while it started a child leaves the
/// lock with that child until it runs its program: that is waited for.
int lock(int descriptor) {
    constexpr auto pace = std::chrono::milliseconds{10};
    constexpr int patience = 200;
    for (int attempt = 0;; ++attempt) {
        if (::flock(descriptor, LOCK_EX | LOCK_NB) == 0) {
            return 0;
        }
        const int error = errno;
        if (error != EWOULDBLOCK || attempt == patience || is_alive(holder(descriptor))) {
            return error;
        }
        std::this_thread::sleep_for(pace);
    }
}

}  // namespace

Result<StateLock> StateLock::acquire(const std::string& directory) {
    if (Status made = make_directory(directory); !made) {
        return fail(std::move(made).error());
    }
    const std::string path = directory + "/tided.lock";
    const Result<int> opened = open_or_make(path);
    if (!opened) {
        return fail(opened.error());
    }
    const int descriptor = *opened;
    StateLock held{descriptor};
    if (const int error = lock(descriptor); error != 0) {
        if (error != EWOULDBLOCK) {
            return fail(ErrorCode::unavailable,
                        "state directory " + directory + ": locking: " + reason(error));
        }
        return fail(ErrorCode::conflict,
                    "state directory " + directory + " is in use by another tided (pid " +
                        holder(descriptor) + "): stop it first: systemctl stop tided");
    }
    const std::string pid = std::to_string(::getpid()) + "\n";
    if (::ftruncate(descriptor, 0) != 0 ||
        ::pwrite(descriptor, pid.data(), pid.size(), 0) != static_cast<ssize_t>(pid.size())) {
        // The lock holds without it; only the message of a second daemon loses the pid.
    }
    return held;
}

StateLock::StateLock(StateLock&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

StateLock& StateLock::operator=(StateLock&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
}

StateLock::~StateLock() {
    if (descriptor_ >= 0) {
        ::close(descriptor_);
    }
}

}  // namespace tided::daemon
