// How ends and signals are spoken of.
#include "actuators/process.h"

#include <cstring>

namespace tided::actuators {

std::string to_string(const Exit& exit) {
    if (exit.signal == 0) {
        return "exited with status " + std::to_string(exit.code);
    }
    const char* name = ::sigabbrev_np(exit.signal);
    const std::string known = name == nullptr ? "" : " (SIG" + std::string{name} + ")";
    return "was killed by signal " + std::to_string(exit.signal) + known;
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

}  // namespace tided::actuators
