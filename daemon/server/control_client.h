// ControlClient: what `tided status|explain|pause|resume|reload` speak to the running daemon with:
// one HTTP/1.1 request over the control socket, blocking, with one timeout for all of it.
#pragma once

#include <string>

#include "policy/vocab/result.h"
#include "policy/vocab/time.h"

namespace tided::daemon {

inline constexpr const char* default_control_socket = "/run/tided/control.sock";

struct ControlAnswer {
    int status = 0;
    std::string body;
};

class ControlClient {
public:
    explicit ControlClient(std::string socket, Duration timeout = std::chrono::seconds{30})
        : socket_(std::move(socket)), timeout_(timeout) {}

    /// Errors: not_found (no socket: not running), forbidden (not in group tided), unavailable
    /// (socket without a daemon, answer cut short), timed_out. Each says what to do.
    [[nodiscard]] Result<ControlAnswer> get(const std::string& target) const;
    [[nodiscard]] Result<ControlAnswer> post(const std::string& target,
                                             const std::string& json) const;

private:
    [[nodiscard]] Result<ControlAnswer> exchange(const std::string& request) const;

    std::string socket_;
    Duration timeout_;
};

}  // namespace tided::daemon
