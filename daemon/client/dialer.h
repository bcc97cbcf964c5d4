// Dialer: from an origin to a connection ready for a request.
//   route (proxy or not, which certificates) -> resolve -> connect, each address with its share of
//   the time left -> CONNECT through the proxy -> TLS, so many handshakes at once
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "daemon/bell.h"
#include "daemon/client/connection.h"
#include "daemon/client/http_response.h"
#include "daemon/client/network_parts.h"
#include "daemon/client/proxy.h"

namespace tided::daemon {

struct ClientOptions {
    /// What TLS is made of, asked before each use: rotated files are picked up. Its names are shown
    /// in messages. Empty = the system's store, no client certificate.
    std::function<Result<TlsMaterial>()> material{};
    ProxyRules proxies{};
    /// TLS handshakes at once: each costs a millisecond of the one I/O thread. Peers that never
    /// answer take the places of their own session only.
    std::size_t handshakes = 16;
};

/// How a request gets to its origin.
struct Route {
    Origin origin;
    std::optional<Origin> proxy;
    TlsMaterial material;  ///< for https origins

    /// Requests with the same key may share connections.
    [[nodiscard]] std::string key() const;
    /// Whether the proxy is spoken to in absolute form (no tunnel).
    [[nodiscard]] bool is_forwarded() const { return proxy && !origin.tls; }
};

class Dialer {
public:
    Dialer(std::shared_ptr<NetworkParts> parts, ClientOptions options);

    /// Errors: a certificate or key that cannot be read.
    [[nodiscard]] Result<Route> route(const Origin& origin) const;

    /// A connection armed with the deadline. Errors have Effect::none.
    [[nodiscard]] boost::asio::awaitable<Result<std::unique_ptr<Connection>>> dial(
        const Route& route, Deadline deadline) const;

    /// TCP only: resolve and connect.
    [[nodiscard]] boost::asio::awaitable<Status> connect(Connection& connection,
                                                         const Origin& origin,
                                                         Deadline deadline) const;

private:
    [[nodiscard]] boost::asio::awaitable<Status> tunnel(Connection& connection,
                                                        const Route& route) const;
    [[nodiscard]] boost::asio::awaitable<Status> secure(Connection& connection,
                                                        const Route& route,
                                                        Deadline deadline) const;

    /// The places for handshakes.
    struct Gate {
        std::size_t places;
        Bell freed;
    };
    class Place;

    std::shared_ptr<NetworkParts> parts_;
    ClientOptions options_;
    mutable Gate gate_;
};

/// Reads from the connection until the answer is complete. Errors do not name the peer:
/// out_of_capacity when all answers under way leave no room for the rest of it.
[[nodiscard]] boost::asio::awaitable<Status> read_answer(Connection& connection,
                                                         ResponseReader& reader,
                                                         NetworkParts& parts);

}  // namespace tided::daemon
