#include "daemon/service_manager.h"

#include <cstdint>
#include <string>

#include <time.h>

#include <systemd/sd-daemon.h>

namespace tided::daemon {
namespace {

void tell(const std::string& state) {
    // Nobody can be told when telling fails; systemd then acts on the silence.
    static_cast<void>(::sd_notify(0, state.c_str()));
}

/// A status is one line: a newline in it would start another assignment.
std::string status_line(std::string_view text) {
    std::string line = "STATUS=";
    for (const char c : text) {
        line += c == '\n' || c == '\r' ? ' ' : c;
    }
    return line;
}

std::uint64_t monotonic_microseconds() {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000U +
           static_cast<std::uint64_t>(now.tv_nsec) / 1000U;
}

}  // namespace

ServiceManager::ServiceManager() {
    std::uint64_t microseconds = 0;
    if (::sd_watchdog_enabled(0, &microseconds) > 0) {
        watchdog_interval_ = std::chrono::microseconds{microseconds / 2};
    }
}

void ServiceManager::ready(std::string_view status) const {
    tell("READY=1\n" + status_line(status));
}

void ServiceManager::reloading() const {
    tell("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(monotonic_microseconds()) +
         "\nSTATUS=reading the policy file");
}

void ServiceManager::stopping() const {
    tell("STOPPING=1\nSTATUS=stopping");
}

void ServiceManager::status(std::string_view text) const {
    tell(status_line(text));
}

void ServiceManager::watchdog() const {
    tell("WATCHDOG=1");
}

}  // namespace tided::daemon
