#include "daemon/client/connection.h"

#include <optional>
#include <string>
#include <utility>

#include <sys/socket.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "metrics/transport.h"

namespace tided::daemon {

namespace asio = boost::asio;
using boost::system::error_code;
using tcp = asio::ip::tcp;

namespace {

constexpr auto as_values = asio::as_tuple(asio::use_awaitable);

}  // namespace

struct Connection::Impl : std::enable_shared_from_this<Connection::Impl> {
    explicit Impl(const asio::any_io_executor& io) : socket(io), timer(io) {}

    void expire() {
        expired = true;
        error_code ignored;
        socket.cancel(ignored);
    }

    /// An operation's error in our terms.
    [[nodiscard]] Error explain(const error_code& error) {
        if (expired) {
            return {.code = ErrorCode::timed_out, .message = "timed out"};
        }
        if (error == asio::error::operation_aborted) {
            return {.code = ErrorCode::cancelled, .message = "cancelled"};
        }
        if (error == asio::ssl::error::stream_truncated) {
            return {.code = ErrorCode::unavailable,
                    .message = "the TLS connection was cut without a farewell"};
        }
        if (tls && error.category() == asio::error::get_ssl_category()) {
            return explain_handshake(
                tls->native_handle(), static_cast<unsigned long>(error.value()), peer);
        }
        if (error == asio::error::connection_refused) {
            return {.code = ErrorCode::unavailable,
                    .message = std::string(metrics::refused_clause)};
        }
        std::string text = error.message();
        if (!text.empty() && text[0] >= 'A' && text[0] <= 'Z') {
            text[0] = static_cast<char>(text[0] - 'A' + 'a');
        }
        return {.code = ErrorCode::unavailable, .message = std::move(text)};
    }

    tcp::socket socket;
    std::optional<asio::ssl::stream<tcp::socket&>> tls;
    std::string peer;  ///< of TLS, for messages
    asio::steady_timer timer;
    std::uint64_t armed = 0;  ///< counts arm() and disarm(): an older timer's end is ignored
    bool expired = false;
    bool secured = false;  ///< the handshake succeeded
};

Connection::Connection(asio::any_io_executor io) : impl_(std::make_shared<Impl>(io)) {}

Connection::~Connection() {
    disarm();
    if (impl_->tls && impl_->secured) {
        end_quietly(impl_->tls->native_handle());
    }
    error_code ignored;
    impl_->socket.close(ignored);
}

void Connection::arm(Deadline deadline) {
    impl_->expired = false;
    impl_->timer.expires_at(deadline.at);
    impl_->timer.async_wait([weak = impl_->weak_from_this(), turn = ++impl_->armed](auto error) {
        const auto impl = weak.lock();
        if (!error && impl && impl->armed == turn) {
            impl->expire();
        }
    });
}

void Connection::disarm() {
    ++impl_->armed;
    impl_->expired = false;
    impl_->timer.cancel();
}

void Connection::cut() {
    ++impl_->armed;
    impl_->expire();
}

asio::awaitable<Status> Connection::connect(asio::ip::address address, std::uint16_t port) {
    Impl& impl = *impl_;
    impl.tls.reset();
    error_code ignored;
    impl.socket.close(ignored);
    if (impl.expired) {
        co_return fail(impl.explain({}));
    }
    const auto [error] = co_await impl.socket.async_connect({address, port}, as_values);
    if (error) {
        co_return fail(impl.explain(error));
    }
    impl.socket.set_option(tcp::no_delay(true), ignored);
    impl.socket.non_blocking(true, ignored);
    co_return Status{};
}

asio::awaitable<Status> Connection::secure(TlsSession session) {
    Impl& impl = *impl_;
    if (impl.expired) {
        co_return fail(impl.explain({}));
    }
    impl.tls.emplace(impl.socket, session.ssl.release());
    impl.peer = session.peer;
    const auto [error] =
        co_await impl.tls->async_handshake(asio::ssl::stream_base::client, as_values);
    impl.secured = !error;
    if (!error) {
        co_return Status{};
    }
    if (impl.expired || error == asio::error::operation_aborted) {
        co_return fail(impl.explain(error));
    }
    if (error == asio::error::eof || error == asio::ssl::error::stream_truncated) {
        co_return fail(explain_handshake(impl.tls->native_handle(), 0, impl.peer));
    }
    if (error.category() == asio::error::get_ssl_category()) {
        co_return fail(impl.explain(error));
    }
    co_return fail(impl.explain(error).within("TLS: handshake with " + impl.peer));
}

asio::awaitable<Connection::Written> Connection::write(std::string_view bytes) {
    Impl& impl = *impl_;
    if (impl.expired) {
        co_return Written{.status = fail(impl.explain({}))};
    }
    const auto buffer = asio::buffer(bytes);
    const auto [error, size] = impl.tls
                                   ? co_await asio::async_write(*impl.tls, buffer, as_values)
                                   : co_await asio::async_write(impl.socket, buffer, as_values);
    if (!error) {
        co_return Written{.bytes = size};
    }
    // A TLS record may have left although its payload does not count as written.
    co_return Written{.bytes = impl.tls ? bytes.size() : size, .status = fail(impl.explain(error))};
}

Connection::Written Connection::write_now(std::string_view bytes) {
    Impl& impl = *impl_;
    if (impl.expired) {
        return {.status = fail(impl.explain({}))};
    }
    if (impl.tls) {
        return {};
    }
    error_code error;
    const std::size_t size = impl.socket.write_some(asio::buffer(bytes), error);
    if (error && error != asio::error::would_block) {
        return {.status = fail(impl.explain(error))};
    }
    return {.bytes = size};
}

asio::awaitable<Result<std::size_t>> Connection::read(std::span<char> buffer) {
    Impl& impl = *impl_;
    if (impl.expired) {
        co_return fail(impl.explain({}));
    }
    const auto space = asio::buffer(buffer.data(), buffer.size());
    const auto [error, size] = impl.tls ? co_await impl.tls->async_read_some(space, as_values)
                                        : co_await impl.socket.async_read_some(space, as_values);
    if (error == asio::error::eof) {
        co_return std::size_t{0};
    }
    if (error) {
        co_return fail(impl.explain(error));
    }
    co_return size;
}

bool Connection::is_stale() const {
    // Plain: any byte is unasked for. TLS: session tickets may stand there; only the end counts.
    char byte = 0;
    auto& socket = impl_->socket;
    const auto got = ::recv(socket.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    if (got < 0) {
        return errno != EAGAIN && errno != EWOULDBLOCK;
    }
    return got == 0 || !impl_->tls;
}

}  // namespace tided::daemon
