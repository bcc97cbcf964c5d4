// lock: the state directory and the lock that keeps a second daemon off it. The lock is
// flock(2) on tided.lock, so it ends with its holder however that dies; the pid inside is for the
// message only.
#pragma once

#include <string>

#include "policy/vocab/result.h"

namespace tided::daemon {

class StateLock {
public:
    /// Creates the directory (0750) when it is missing, then locks it. Errors: conflict with the
    /// pid of the holder, forbidden when it cannot be created or written.
    [[nodiscard]] static Result<StateLock> acquire(const std::string& directory);

    StateLock(StateLock&& other) noexcept;
    StateLock& operator=(StateLock&& other) noexcept;
    StateLock(const StateLock&) = delete;
    StateLock& operator=(const StateLock&) = delete;
    ~StateLock();

private:
    explicit StateLock(int descriptor) : descriptor_(descriptor) {}
    int descriptor_ = -1;
};

}  // namespace tided::daemon
