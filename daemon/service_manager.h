// ServiceManager: what systemd is told by sd_notify(3): ready, reloading, stopping, one line of
// status, and signs of life. Without NOTIFY_SOCKET every call does nothing.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace tided::daemon {

class ServiceManager {
public:
    /// Reads WATCHDOG_USEC once.
    ServiceManager();

    /// READY=1 with a status line; also ends a reload.
    void ready(std::string_view status) const;
    /// RELOADING=1 with MONOTONIC_USEC, as Type=notify-reload wants it.
    void reloading() const;
    void stopping() const;
    /// The line `systemctl status` shows.
    void status(std::string_view text) const;
    /// WATCHDOG=1. Called by the loop itself, so a stuck loop falls silent.
    void watchdog() const;

    /// How often watchdog() must be called at the latest (half of what the unit allows); nullopt
    /// when no watchdog is set.
    [[nodiscard]] std::optional<std::chrono::microseconds> watchdog_interval() const {
        return watchdog_interval_;
    }

private:
    std::optional<std::chrono::microseconds> watchdog_interval_;
};

}  // namespace tided::daemon
