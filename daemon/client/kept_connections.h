// KeptConnections: those to one peer that wait for another request.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <vector>

#include "daemon/client/connection.h"
#include "daemon/client/dialer.h"

namespace tided::daemon {

class KeptConnections {
public:
    using Clock = std::chrono::steady_clock;
    static constexpr std::size_t most = 32;
    static constexpr auto longest = std::chrono::seconds{90};

    /// One that is alive and was made with the route's certificates; null when there is none.
    [[nodiscard]] std::unique_ptr<Connection> take(const Route& route, Clock::time_point now);

    /// Keeps the connection, unless the certificates it was made with were replaced meanwhile.
    void give_back(std::unique_ptr<Connection> connection, const Route& route);

    /// Closes those that waited too long.
    void drop_old(Clock::time_point now);

    /// Closes all of them.
    void clear() { idle_.clear(); }

    [[nodiscard]] bool empty() const { return idle_.empty(); }

private:
    struct Idle {
        std::unique_ptr<Connection> connection;
        Clock::time_point since;
    };

    std::vector<Idle> idle_;
    TlsMaterial material_;  ///< what those of TLS were made with
};

}  // namespace tided::daemon
