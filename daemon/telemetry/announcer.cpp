#include "daemon/telemetry/announcer.h"

#include <utility>

namespace tided::daemon {

void Announcer::tell(Event event) {
    for (const Listener& listener : listeners_) {
        listener(event);
    }
    unwritten_.push_back(std::move(event));
}

std::vector<Event> Announcer::take() {
    return std::exchange(unwritten_, {});
}

}  // namespace tided::daemon
