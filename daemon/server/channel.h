// channel: the bytes of one accepted connection, whatever carries them: TCP, the control
// socket, or TLS. Reads and writes end early with an error after cancel().
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/system/error_code.hpp>

namespace tided::daemon {

class HttpChannel {
public:
    explicit HttpChannel(std::string peer) : peer_(std::move(peer)) {}
    HttpChannel(const HttpChannel&) = delete;
    HttpChannel& operator=(const HttpChannel&) = delete;
    virtual ~HttpChannel() = default;

    /// TLS handshake; nothing for the others. False: it failed.
    [[nodiscard]] virtual boost::asio::awaitable<bool> open() = 0;
    /// Appends what has arrived to `into`. Gives the bytes read, 0 at the end or on an error.
    [[nodiscard]] virtual boost::asio::awaitable<std::size_t> read(std::string& into) = 0;
    /// False: the peer is gone. `bytes` must live until it completes.
    [[nodiscard]] virtual boost::asio::awaitable<bool> write(std::string_view bytes) = 0;
    /// Says goodbye where the protocol has one (TLS close_notify), then closes.
    [[nodiscard]] virtual boost::asio::awaitable<void> finish() = 0;
    /// The pending operation fails; later ones work (an answer that says "too slow").
    virtual void interrupt() = 0;
    /// Pending and later operations fail at once.
    virtual void cancel() = 0;

    [[nodiscard]] virtual bool is_control() const { return false; }
    /// A client certificate was shown and verified.
    [[nodiscard]] virtual bool is_certified() const { return false; }
    /// "uid=1000(alice)", "10.0.0.7:50112".
    [[nodiscard]] const std::string& peer() const { return peer_; }

private:
    std::string peer_;
};

/// "10.0.0.7:50112", "[fe80::1]:50112", "unknown" when it has gone.
[[nodiscard]] std::string name_of_peer(const boost::asio::ip::tcp::socket& socket);

[[nodiscard]] std::unique_ptr<HttpChannel> make_channel(boost::asio::ip::tcp::socket socket);
[[nodiscard]] std::unique_ptr<HttpChannel> make_channel(
    boost::asio::local::stream_protocol::socket socket);

}  // namespace tided::daemon
