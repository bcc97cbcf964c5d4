// Connection: one TCP stream, with TLS once secure() was called. It carries bytes and keeps the
// deadline of whoever uses it: one timer for the whole exchange, not one per await.
// Asio and OpenSSL stay behind it, in connection.cpp alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/address.hpp>

#include "daemon/client/tls.h"
#include "policy/vocab/result.h"
#include "policy/vocab/time.h"

namespace tided::daemon {

class Connection {
public:
    explicit Connection(boost::asio::any_io_executor io);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    /// From now on every await ends with timed_out at the deadline.
    void arm(Deadline deadline);
    /// No deadline, no pending timer: for the time between two exchanges.
    void disarm();

    /// Ends what is awaited now, and whatever comes, as the deadline does.
    void cut();

    /// Connects afresh. Errors: unavailable, timed_out, cancelled, without the peer's name.
    [[nodiscard]] boost::asio::awaitable<Status> connect(boost::asio::ip::address address,
                                                         std::uint16_t port);

    /// The TLS handshake over what is connected.
    [[nodiscard]] boost::asio::awaitable<Status> secure(TlsSession session);

    /// How far a write came: with an error, `bytes` of it may have left.
    struct Written {
        std::size_t bytes = 0;
        Status status{};
    };
    [[nodiscard]] boost::asio::awaitable<Written> write(std::string_view bytes);
    /// What can be written without waiting; nothing over TLS.
    [[nodiscard]] Written write_now(std::string_view bytes);

    /// At least one byte into `buffer`; 0 = the peer closed in order.
    [[nodiscard]] boost::asio::awaitable<Result<std::size_t>> read(std::span<char> buffer);

    /// For an idle connection: whether the peer closed it or sent what nobody asked for.
    [[nodiscard]] bool is_stale() const;

private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace tided::daemon
