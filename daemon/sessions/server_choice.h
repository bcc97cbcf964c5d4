// Server choice: which of several servers that may stand in for one another is asked first.
//
//   stays     with the one in use while it answers, however the others do: two servers of a pair
//             never hold quite the same samples, and a sum that alternates between them moves pools
//   leaves    it when it refuses connections, or fails twice in a row, and another one answers; one
//             failure between successes is the query's matter
//   returns   to one that stands earlier in the list once that has answered probes for a minute on
//             end; twice as long each time it failed within ten minutes of the last return
//
// No I/O and no clock: sessions/failover.cpp asks it and tells it what became of each request.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace tided::daemon {

class ServerChoice {
public:
    using Instant = std::chrono::steady_clock::time_point;

    enum class Failure : std::uint8_t {
        refused,  ///< nobody listens there
        other,    ///< no answer, or one that says the server is in trouble
    };

    /// REQUIRES: servers > 0.
    explicit ServerChoice(std::size_t servers) : servers_(servers) {}

    /// The server in use.
    [[nodiscard]] std::size_t current() const { return current_; }

    /// All servers, in the order in which a request tries them.
    [[nodiscard]] std::vector<std::size_t> order() const;

    void failed(std::size_t server, Failure failure, Instant now);

    /// True when `server` comes into use by this.
    bool answered(std::size_t server);

    /// A server that should be asked, besides the one in use, whether it is well again.
    [[nodiscard]] std::optional<std::size_t> probe_due(Instant now) const;

    /// The probe leaves: no second one for a while.
    void probing(std::size_t server, Instant now) { servers_[server].probed_at = now; }

    /// What the probe found. True when `server` comes into use by this.
    bool probed(std::size_t server, bool is_well, Instant now);

private:
    struct Server {
        int failures = 0;  ///< in a row
        std::optional<Instant> well_since;
        Instant probed_at{};
        std::optional<Instant> returned_at;
        std::chrono::seconds proof{60};  ///< how long it must be well before a return
    };

    [[nodiscard]] bool is_failing(std::size_t server) const {
        return servers_[server].failures > 1;
    }

    std::vector<Server> servers_;
    std::size_t current_ = 0;
};

}  // namespace tided::daemon
