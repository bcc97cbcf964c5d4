// raw_http: bytes over a loopback connection as a peer of the HTTP server sends and sees them,
// well-formed or not. Everything runs on the test's own io_context.
#pragma once

#include <string>
#include <string_view>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

namespace tided::testing {

namespace asio = boost::asio;

/// "127.0.0.1:9119" or "[::1]:9119" as an endpoint.
inline asio::ip::tcp::endpoint endpoint_of(const std::string& address) {
    const auto colon = address.rfind(':');
    std::string host = address.substr(0, colon);
    if (host.front() == '[') {
        host = host.substr(1, host.size() - 2);
    }
    return {asio::ip::make_address(host),
            static_cast<std::uint16_t>(std::stoi(address.substr(colon + 1)))};
}

template <typename Protocol>
class RawPeer {
public:
    explicit RawPeer(asio::io_context& io) : socket_(io) {}

    asio::awaitable<void> connect(typename Protocol::endpoint end) {
        co_await socket_.async_connect(end, asio::use_awaitable);
    }
    asio::awaitable<void> send(std::string bytes) {
        co_await asio::async_write(
            socket_, asio::buffer(bytes), asio::as_tuple(asio::use_awaitable));
    }
    /// Everything until the server closes.
    asio::awaitable<std::string> read_all() {
        std::string all = std::move(kept_);
        kept_.clear();
        co_await asio::async_read(
            socket_, asio::dynamic_buffer(all), asio::as_tuple(asio::use_awaitable));
        co_return all;
    }
    /// Up to and with `end`; "" when the server closes before.
    asio::awaitable<std::string> read_until(std::string end) {
        const auto [error, size] = co_await asio::async_read_until(
            socket_, asio::dynamic_buffer(kept_), end, asio::as_tuple(asio::use_awaitable));
        std::string text = kept_.substr(0, size);
        kept_.erase(0, size);
        co_return error ? std::string{} : text;
    }
    void close() { socket_.close(); }

private:
    typename Protocol::socket socket_;
    std::string kept_;
};

using RawTcp = RawPeer<asio::ip::tcp>;
using RawLocal = RawPeer<asio::local::stream_protocol>;

/// Sends `bytes` over a new connection and gives all that comes back until it is closed.
inline asio::awaitable<std::string> exchange(asio::io_context& io,
                                             std::string address,
                                             std::string bytes) {
    RawTcp peer{io};
    co_await peer.connect(endpoint_of(address));
    co_await peer.send(std::move(bytes));
    co_return co_await peer.read_all();
}

inline asio::awaitable<std::string> exchange_local(asio::io_context& io,
                                                   std::string path,
                                                   std::string bytes) {
    RawLocal peer{io};
    co_await peer.connect({path});
    co_await peer.send(std::move(bytes));
    co_return co_await peer.read_all();
}

/// Whole answer without its Date line, which changes.
inline std::string without_date(std::string answer) {
    const auto begin = answer.find("Date: ");
    if (begin != std::string::npos) {
        answer.erase(begin, answer.find("\r\n", begin) + 2 - begin);
    }
    return answer;
}

}  // namespace tided::testing
