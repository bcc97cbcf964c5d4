// NetworkParts: what all sessions of one daemon share. Lives as long as the last of them.
#pragma once

#include <boost/asio/any_io_executor.hpp>

#include "daemon/client/body_room.h"
#include "daemon/client/read_buffers.h"
#include "daemon/client/resolver.h"
#include "daemon/client/secret.h"
#include "daemon/client/spare_bodies.h"
#include "daemon/client/tls.h"

namespace tided::daemon {

struct NetworkParts {
    explicit NetworkParts(const boost::asio::any_io_executor& executor,
                          ResolverOptions resolver_options = {})
        : io(executor), resolver(executor, std::move(resolver_options)) {}

    boost::asio::any_io_executor io;
    Resolver resolver;
    SecretStore secrets;
    TlsContexts tls;
    BodyRoom bodies;
    ReadBuffers buffers;
    SpareBodies spare_bodies;
};

}  // namespace tided::daemon
