// How a process pool's states and spans are spoken of in notes and checkpoints.
#include "actuators/process_pool/children.h"

namespace tided::actuators {

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

std::string spoken(Duration span) {
    if (span < std::chrono::seconds{1}) {
        return to_string(span);
    }
    return to_string(Duration{std::chrono::floor<std::chrono::seconds>(span)});
}

}  // namespace tided::actuators
