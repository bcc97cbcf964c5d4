// HttpServer: accept loops and the list of connections; each connection is served by
// http_connection.cpp. One thread, so the list needs no lock.
#include "daemon/server/http_server.h"

#include <algorithm>
#include <exception>
#include <list>
#include <utility>

#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "daemon/server/channel.h"
#include "daemon/server/connection.h"
#include "daemon/server/listen.h"
#include "daemon/server/tls.h"
#include "daemon/telemetry/logging.h"

namespace tided::daemon {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using Local = asio::local::stream_protocol;

constexpr auto as_values = asio::as_tuple(asio::use_awaitable);

void record(const std::exception_ptr& failure, std::string_view what) {
    if (!failure) {
        return;
    }
    try {
        std::rethrow_exception(failure);
    } catch (const std::exception& error) {
        log(LogLevel::error, std::string{what} + " ended by an exception: " + error.what());
    }
}

/// Shared by the server and the coroutines it started: it lives until the last of them ends.
struct Core : std::enable_shared_from_this<Core> {
    explicit Core(asio::any_io_executor executor) : io(std::move(executor)), all_ended(io) {}

    void start();
    template <typename Acceptor>
    asio::awaitable<void> accept_on(Acceptor& acceptor);
    [[nodiscard]] std::unique_ptr<HttpChannel> channel_for(tcp::socket socket);
    [[nodiscard]] std::unique_ptr<HttpChannel> channel_for(Local::socket socket);
    void begin(std::unique_ptr<HttpChannel> channel);
    [[nodiscard]] bool make_room(bool control);
    void stop_accepting();

    asio::any_io_executor io;
    std::shared_ptr<HttpService> service = std::make_shared<HttpService>();
    std::unique_ptr<HttpTls> tls;  ///< null: plain HTTP
    std::list<tcp::acceptor> tcp_acceptors;
    std::list<Local::acceptor> control_acceptors;
    std::list<std::shared_ptr<HttpConnection>> connections;
    asio::steady_timer all_ended;
    std::string control_path;
};

void Core::start() {
    const auto on_end = [self = shared_from_this()](const std::exception_ptr& failure) {
        record(failure, "accepting connections");
    };
    for (tcp::acceptor& acceptor : tcp_acceptors) {
        asio::co_spawn(io, accept_on(acceptor), on_end);
    }
    for (Local::acceptor& acceptor : control_acceptors) {
        asio::co_spawn(io, accept_on(acceptor), on_end);
    }
}

template <typename Acceptor>
asio::awaitable<void> Core::accept_on(Acceptor& acceptor) {
    while (acceptor.is_open()) {
        auto [error, socket] = co_await acceptor.async_accept(as_values);
        if (!error) {
            begin(channel_for(std::move(socket)));
            continue;
        }
        if (!acceptor.is_open()) {
            co_return;
        }
        // Out of descriptors, most likely: others may free some.
        log(LogLevel::warn, "accepting a connection failed: " + error.message());
        asio::steady_timer pause{io, std::chrono::milliseconds{100}};
        static_cast<void>(co_await pause.async_wait(as_values));
    }
}

std::unique_ptr<HttpChannel> Core::channel_for(tcp::socket socket) {
    return tls ? tls->wrap(std::move(socket)) : make_channel(std::move(socket));
}

std::unique_ptr<HttpChannel> Core::channel_for(Local::socket socket) {
    return make_channel(std::move(socket));
}

bool Core::make_room(bool control) {
    const std::size_t limit = control ? service->limits.control : service->limits.connections;
    std::size_t open = 0;
    std::shared_ptr<HttpConnection> oldest;
    for (const auto& connection : connections) {
        if (connection->is_control() != control) {
            continue;
        }
        ++open;
        if (connection->is_idle() && (!oldest || connection->idle_since() < oldest->idle_since())) {
            oldest = connection;
        }
    }
    if (open < limit) {
        return true;
    }
    if (oldest) {
        oldest->abort();
        connections.remove(oldest);
    }
    return oldest != nullptr;
}

void Core::begin(std::unique_ptr<HttpChannel> channel) {
    if (!make_room(channel->is_control())) {
        log(LogLevel::warn, "a connection was refused: too many are open peer=" + channel->peer());
        return;
    }
    auto connection = std::make_shared<HttpConnection>(io, std::move(channel), service);
    connections.push_back(connection);
    HttpConnection& served = *connection;
    asio::co_spawn(io,
                   served.serve(),
                   [self = shared_from_this(), connection](const std::exception_ptr& failure) {
                       record(failure, "a connection");
                       connection->abort();
                       self->connections.remove(connection);
                       if (self->connections.empty()) {
                           self->all_ended.cancel();
                       }
                   });
}

void Core::stop_accepting() {
    boost::system::error_code ignored;
    service->closing = true;
    for (tcp::acceptor& acceptor : tcp_acceptors) {
        acceptor.close(ignored);
    }
    for (Local::acceptor& acceptor : control_acceptors) {
        if (acceptor.is_open()) {
            acceptor.close(ignored);
            ::unlink(control_path.c_str());
        }
    }
}

}  // namespace

struct HttpServer::Impl {
    std::shared_ptr<Core> core;
};

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

HttpServer::~HttpServer() {
    Core& core = *impl_->core;
    core.stop_accepting();
    for (const auto& connection : core.connections) {
        connection->abort();
    }
}

Result<std::unique_ptr<HttpServer>> HttpServer::listen(asio::any_io_executor io,
                                                       const config::Listener& listener,
                                                       const std::string& control_socket,
                                                       HttpHandler handler,
                                                       HttpLimits limits) {
    auto core = std::make_shared<Core>(io);
    core->service->handler = std::move(handler);
    core->service->limits = limits;
    core->service->hosts = listener.hosts;
    Result<std::unique_ptr<HttpTls>> tls = HttpTls::make(listener);
    auto bearer = bearer_of(listener);
    if (!tls || !bearer) {
        return fail(tls ? bearer.error() : tls.error());
    }
    core->tls = std::move(*tls);
    core->service->bearer = std::move(*bearer);
    for (const std::string& address : listener.addresses) {
        Result<tcp::acceptor> acceptor = listen_tcp(io, address);
        if (!acceptor) {
            return fail(acceptor.error());
        }
        core->tcp_acceptors.push_back(std::move(*acceptor));
    }
    if (!control_socket.empty()) {
        Result<Local::acceptor> acceptor = listen_control(io, control_socket);
        if (!acceptor) {
            return fail(acceptor.error());
        }
        core->control_path = control_socket;
        core->control_acceptors.push_back(std::move(*acceptor));
    }
    core->start();
    return std::unique_ptr<HttpServer>{
        new HttpServer{std::make_unique<Impl>(Impl{std::move(core)})}};
}

std::vector<std::string> HttpServer::addresses() const {
    std::vector<std::string> out;
    for (const tcp::acceptor& acceptor : impl_->core->tcp_acceptors) {
        out.push_back(address_of(acceptor));
    }
    return out;
}

asio::awaitable<void> HttpServer::close(Deadline deadline) {
    const std::shared_ptr<Core> core = impl_->core;
    core->stop_accepting();
    for (const auto& connection : core->connections) {
        if (connection->is_idle()) {
            connection->abort();
        }
    }
    if (!core->connections.empty()) {
        core->all_ended.expires_at(deadline.at);
        static_cast<void>(co_await core->all_ended.async_wait(as_values));
    }
    for (const auto& connection : core->connections) {
        connection->abort();
    }
}

}  // namespace tided::daemon
