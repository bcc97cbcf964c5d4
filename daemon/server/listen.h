// listen: binding the addresses of the TCP listener and the control socket.
#pragma once

#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include "policy/vocab/result.h"

namespace tided::daemon {

/// "127.0.0.1:9119", "[::1]:9119"; port 0 = any free one. Errors name the address.
[[nodiscard]] Result<boost::asio::ip::tcp::acceptor> listen_tcp(boost::asio::any_io_executor io,
                                                                const std::string& address);

/// The control socket, 0660, of group tided where that exists. A socket nobody listens on is
/// replaced; a live one, another kind of file or a missing directory is an error.
[[nodiscard]] Result<boost::asio::local::stream_protocol::acceptor> listen_control(
    boost::asio::any_io_executor io, const std::string& path);

/// "127.0.0.1:9119", "[::1]:9119": what is really bound.
[[nodiscard]] std::string address_of(const boost::asio::ip::tcp::acceptor& acceptor);

}  // namespace tided::daemon
