// How a process pool's states and ends are spoken of in notes and checkpoints.
#include <cstring>

#include "actuators/process_pool/children.h"

namespace tided::actuators {

std::string to_string(const Exit& exit) {
    if (exit.signal == 0) {
        return "exited with status " + std::to_string(exit.code);
    }
    const char* name = ::sigabbrev_np(exit.signal);
    const std::string known = name == nullptr ? "" : " (SIG" + std::string{name} + ")";
    return "was killed by signal " + std::to_string(exit.signal) + known;
}

std::string_view to_string(Phase phase) {
    switch (phase) {
        case Phase::waiting:
            return "waiting";
        case Phase::starting:
            return "starting";
        case Phase::ready:
            return "ready";
        case Phase::stopping:
            return "stopping";
    }
    return "waiting";
}

std::string_view to_string(Signal signal) {
    switch (signal) {
        case Signal::terminate:
            return "SIGTERM";
        case Signal::interrupt:
            return "SIGINT";
        case Signal::hangup:
            return "SIGHUP";
        case Signal::quit:
            return "SIGQUIT";
        case Signal::kill:
            return "SIGKILL";
        case Signal::user1:
            return "SIGUSR1";
        case Signal::user2:
            return "SIGUSR2";
    }
    return "SIGTERM";
}

std::string spoken(Duration span) {
    if (span < std::chrono::seconds{1}) {
        return to_string(span);
    }
    return to_string(Duration{std::chrono::floor<std::chrono::seconds>(span)});
}

}  // namespace tided::actuators
