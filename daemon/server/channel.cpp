#include "daemon/server/channel.h"

#include <sys/socket.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "daemon/server/checks.h"

namespace tided::daemon {
namespace {

namespace asio = boost::asio;

constexpr auto as_values = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t read_size = 4096;

std::string name_of(const asio::ip::tcp::socket& socket) {
    return name_of_peer(socket);
}

std::string name_of(asio::local::stream_protocol::socket& socket) {
    ucred peer{};
    socklen_t size = sizeof peer;
    if (::getsockopt(socket.native_handle(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) {
        return "uid=unknown";
    }
    return peer_of(peer.uid);
}

template <typename Socket>
class PlainChannel final : public HttpChannel {
public:
    explicit PlainChannel(Socket socket)
        : HttpChannel(name_of(socket)), socket_(std::move(socket)) {}

    asio::awaitable<bool> open() override { co_return true; }

    asio::awaitable<std::size_t> read(std::string& into) override {
        const std::size_t before = into.size();
        into.resize(before + read_size);
        const auto [error, size] = co_await socket_.async_read_some(
            asio::buffer(into.data() + before, read_size), as_values);
        into.resize(before + (error ? 0 : size));
        co_return error ? 0 : size;
    }

    asio::awaitable<bool> write(std::string_view bytes) override {
        const auto [error, size] = co_await asio::async_write(
            socket_, asio::buffer(bytes.data(), bytes.size()), as_values);
        co_return !error;
    }

    asio::awaitable<void> finish() override {
        boost::system::error_code ignored;  // the peer may have gone first
        socket_.shutdown(Socket::shutdown_send, ignored);
        co_return;
    }

    void interrupt() override {
        boost::system::error_code ignored;
        socket_.cancel(ignored);
    }

    void cancel() override {
        boost::system::error_code ignored;
        socket_.close(ignored);
    }

    bool is_control() const override {
        return std::is_same_v<Socket, asio::local::stream_protocol::socket>;
    }

private:
    Socket socket_;
};

}  // namespace

std::string name_of_peer(const asio::ip::tcp::socket& socket) {
    boost::system::error_code error;
    const auto end = socket.remote_endpoint(error);
    if (error) {
        return "unknown";
    }
    const std::string address = end.address().to_string();
    return (end.address().is_v6() ? "[" + address + "]" : address) + ":" +
           std::to_string(end.port());
}

std::unique_ptr<HttpChannel> make_channel(asio::ip::tcp::socket socket) {
    return std::make_unique<PlainChannel<asio::ip::tcp::socket>>(std::move(socket));
}

std::unique_ptr<HttpChannel> make_channel(asio::local::stream_protocol::socket socket) {
    return std::make_unique<PlainChannel<asio::local::stream_protocol::socket>>(std::move(socket));
}

}  // namespace tided::daemon
