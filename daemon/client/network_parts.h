// NetworkParts: what all sessions of one daemon share. Lives as long as the last of them.
#pragma once

#include <cstddef>

#include <boost/asio/any_io_executor.hpp>

#include "daemon/bell.h"
#include "daemon/client/resolver.h"
#include "daemon/client/secret.h"
#include "daemon/client/tls.h"

namespace tided::daemon {

/// At most so many TLS handshakes at once: each costs a millisecond of the one I/O thread.
struct HandshakeGate {
    explicit HandshakeGate(const boost::asio::any_io_executor& io) : freed(io) {}

    std::size_t places = 16;
    Bell freed;
};

struct NetworkParts {
    explicit NetworkParts(const boost::asio::any_io_executor& executor,
                          ResolverOptions resolver_options = {})
        : io(executor), resolver(executor, std::move(resolver_options)), handshakes(executor) {}

    boost::asio::any_io_executor io;
    Resolver resolver;
    SecretStore secrets;
    TlsContexts tls;
    HandshakeGate handshakes;
};

}  // namespace tided::daemon
