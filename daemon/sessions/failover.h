// Failover: a session over several servers that answer the same questions (an HA pair of
// Prometheus). A read that one of them cannot answer goes to the next at once, within its deadline;
// sessions/server_choice.h says which comes first. While another than the first is in use, a read
// now and then is put to the first as well, to see whether it is well; that answer is thrown away.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "daemon/sessions/session.h"

namespace tided::daemon {

struct FailoverServer {
    std::string name;  ///< its URL, for messages
    std::unique_ptr<Session> session;
};

struct FailoverOptions {
    std::string subject;  ///< "source prom", for the log
    Duration timeout{};   ///< that one server may take
};

/// Get::server and Page::server are places in `servers`. Whatever changes something goes to the
/// first only. REQUIRES: at least one server.
[[nodiscard]] std::unique_ptr<Session> make_failover(std::vector<FailoverServer> servers,
                                                     FailoverOptions options);

}  // namespace tided::daemon
