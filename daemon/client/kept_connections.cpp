#include "daemon/client/kept_connections.h"

#include <utility>

namespace tided::daemon {

std::unique_ptr<Connection> KeptConnections::take(const Route& route, Clock::time_point now) {
    if (route.origin.tls && !same_content(material_, route.material)) {
        idle_.clear();
        material_ = route.material;
    }
    while (!idle_.empty()) {
        Idle last = std::move(idle_.back());
        idle_.pop_back();
        if (now - last.since < longest && !last.connection->is_stale()) {
            return std::move(last.connection);
        }
    }
    return nullptr;
}

void KeptConnections::give_back(std::unique_ptr<Connection> connection, const Route& route) {
    if (route.origin.tls && !same_content(material_, route.material)) {
        return;
    }
    if (idle_.size() < most) {
        idle_.push_back({.connection = std::move(connection), .since = Clock::now()});
    }
}

void KeptConnections::drop_old(Clock::time_point now) {
    std::erase_if(idle_, [now](const Idle& one) { return now - one.since >= longest; });
}

}  // namespace tided::daemon
