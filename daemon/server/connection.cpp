#include "daemon/server/connection.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>
#include <exception>
#include <optional>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "daemon/json_text.h"
#include "daemon/server/checks.h"
#include "daemon/telemetry/logging.h"

namespace tided::daemon {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;

using Parser = http::request_parser<http::string_body>;

std::string_view view(boost::beast::string_view text) {
    return {text.data(), text.size()};
}

/// "Sun, 22 Nov 2026 08:00:00 GMT" (RFC 9110, 5.6.7).
std::string http_date() {
    const std::time_t now = std::time(nullptr);
    std::tm parts{};
    ::gmtime_r(&now, &parts);
    std::array<char, 40> text{};
    const std::size_t size =
        std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    return {text.data(), size};
}

std::string head_of(const HttpReply& reply, std::string_view framing, bool keep_alive) {
    const auto reason =
        http::obsolete_reason(http::int_to_status(static_cast<unsigned>(reply.status)));
    std::string head = "HTTP/1.1 " + std::to_string(reply.status) + " ";
    head.append(reason.data(), reason.size());
    head += "\r\nDate: " + http_date() + "\r\nContent-Type: " + reply.content_type +
            "\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n";
    for (const auto& [name, value] : reply.headers) {
        head += name + ": " + value + "\r\n";
    }
    head += framing;
    head += keep_alive ? "\r\n" : "Connection: close\r\n\r\n";
    return head;
}

std::string chunk_of(std::string_view bytes) {
    std::array<char, 20> size{};
    const int length = std::snprintf(size.data(), size.size(), "%zx\r\n", bytes.size());
    std::string framed{size.data(), static_cast<std::size_t>(length)};
    framed += bytes;
    framed += "\r\n";
    return framed;
}

HttpReply reply_to_error(const boost::system::error_code& error, const HttpLimits& limits) {
    if (error == http::error::body_limit) {
        return error_reply(413,
                           "the body is larger than " + std::to_string(limits.body) + " bytes");
    }
    if (error == http::error::header_limit) {
        return error_reply(431,
                           "the header is larger than " + std::to_string(limits.header) + " bytes");
    }
    return error_reply(400, "the request is not HTTP/1.1: " + error.message());
}

}  // namespace

HttpReply error_reply(int status, std::string_view sentence) {
    HttpReply reply{.status = status};
    reply.body = "{\"error\":";
    append_json(sentence, reply.body);
    reply.body += "}\n";
    return reply;
}

/// One request on its way in.
struct HttpConnection::Incoming {
    explicit Incoming(const HttpLimits& limits) {
        parser.eager(true);
        parser.header_limit(static_cast<std::uint32_t>(limits.header));
        parser.body_limit(limits.body);
    }

    [[nodiscard]] std::string_view field(http::field name) const {
        return view(parser.get()[name]);
    }

    Parser parser;
    std::optional<HttpReply> wrong;  ///< set when it is answered without asking anybody
    bool continued = false;
};

HttpConnection::HttpConnection(asio::any_io_executor io,
                               std::unique_ptr<HttpChannel> channel,
                               std::shared_ptr<const HttpService> service)
    : channel_(std::move(channel)), service_(std::move(service)), timer_(std::move(io)) {}

void HttpConnection::abort() {
    timer_.cancel();
    channel_->cancel();
}

void HttpConnection::expect_within(Duration limit) {
    timer_.expires_after(limit);
    timer_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
        const auto self = weak.lock();
        if (error || !self || self->timer_.expiry() > std::chrono::steady_clock::now()) {
            return;
        }
        self->expired_ = true;
        self->channel_->interrupt();
    });
}

asio::awaitable<void> HttpConnection::serve() {
    const auto self = shared_from_this();
    expect_within(service_->limits.read);
    if (!co_await channel_->open()) {
        co_return;
    }
    bool again = true;
    while (again && !service_->closing) {
        Incoming incoming{service_->limits};
        again = co_await read_request(incoming);
        if (again) {
            again = co_await answer(incoming);
        }
        idle_since_ = std::chrono::steady_clock::now();
        idle_ = true;
    }
    expect_within(service_->limits.read);
    co_await channel_->finish();
    timer_.cancel();
}

/// False: there is no request and no answer to give.
asio::awaitable<bool> HttpConnection::read_request(Incoming& incoming) {
    Parser& parser = incoming.parser;
    expired_ = false;
    expect_within(buffer_.empty() ? service_->limits.idle : service_->limits.read);
    while (!parser.is_done()) {
        if (!buffer_.empty()) {
            idle_ = false;
            boost::system::error_code error;
            const std::size_t used = parser.put(asio::buffer(buffer_), error);
            buffer_.erase(0, used);
            if (error && error != http::error::need_more) {
                incoming.wrong = reply_to_error(error, service_->limits);
                co_return true;
            }
            if (parser.is_done()) {
                break;
            }
            if (used > 0 && !error && !buffer_.empty()) {
                continue;
            }
        }
        if (parser.is_header_done() && !incoming.continued &&
            incoming.field(http::field::expect) == "100-continue") {
            incoming.continued = true;
            if (!co_await channel_->write("HTTP/1.1 100 Continue\r\n\r\n")) {
                co_return false;
            }
        }
        const std::size_t size = co_await channel_->read(buffer_);
        if (size == 0) {
            if (expired_ && !idle_) {
                incoming.wrong = error_reply(408, "the request took too long to arrive");
            }
            co_return incoming.wrong.has_value();
        }
        if (idle_) {
            idle_ = false;
            expect_within(service_->limits.read);
        }
    }
    timer_.cancel();
    co_return true;
}

bool HttpConnection::bearer_is_good(const Incoming& incoming) const {
    const std::string expected = service_->bearer ? service_->bearer() : std::string{};
    const std::string_view given = bearer_token(incoming.field(http::field::authorization));
    return equal_in_constant_time(given, expected);
}

asio::awaitable<HttpReply> HttpConnection::reply_to(Incoming& incoming) {
    if (incoming.wrong) {
        co_return std::move(*incoming.wrong);
    }
    const auto& message = incoming.parser.get();
    const bool control = channel_->is_control();
    const std::string_view host = incoming.field(http::field::host);
    if (!control &&
        (host.empty() ? message.version() >= 11 : !host_is_ours(host, service_->hosts))) {
        co_return host.empty()
            ? error_reply(400, "the Host header is missing")
            : error_reply(421,
                          "this server does not answer for \"" + std::string{host} +
                              "\": ask by address, or list the name "
                              "under hosts");
    }
    const std::string_view target = view(message.target());
    const bool wants_bearer = !control && service_->bearer != nullptr;
    const bool good_bearer = wants_bearer && bearer_is_good(incoming);
    if (wants_bearer && !good_bearer && target != "/-/healthy" && target != "/-/ready") {
        HttpReply reply = error_reply(401, "a bearer credential is required");
        reply.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"tided\"");
        co_return reply;
    }
    HttpRequest request{.method = std::string{view(message.method_string())},
                        .target = std::string{target},
                        .accept = std::string{incoming.field(http::field::accept)},
                        .content_type = std::string{incoming.field(http::field::content_type)},
                        .body = std::move(incoming.parser.get().body()),
                        .control = control,
                        .authorised = control || good_bearer || channel_->is_certified(),
                        .by_bearer = good_bearer,
                        .peer = channel_->peer()};
    try {
        co_return co_await service_->handler(std::move(request));
    } catch (const std::exception& error) {
        log(LogLevel::error, std::string{"answering a request failed: "} + error.what());
    }
    co_return error_reply(500, "an internal error, see the log");
}

/// False: the connection ends here.
asio::awaitable<bool> HttpConnection::answer(Incoming& incoming) {
    HttpReply reply = co_await reply_to(incoming);
    co_return co_await send(std::move(reply), incoming);
}

asio::awaitable<bool> HttpConnection::send(HttpReply reply, const Incoming& incoming) {
    const auto& message = incoming.parser.get();
    const bool head_only = message.method() == http::verb::head;
    const bool old_peer = message.version() < 11;
    const bool whole = incoming.parser.is_done();
    const bool framed = reply.chunks == nullptr || !old_peer;
    const bool keep_alive = whole && framed && incoming.parser.keep_alive() && !service_->closing;
    std::string framing;
    if (reply.chunks == nullptr) {
        framing = "Content-Length: " + std::to_string(reply.body.size()) + "\r\n";
    } else if (framed) {
        framing = "Transfer-Encoding: chunked\r\n";
    }
    std::string bytes = head_of(reply, framing, keep_alive);
    if (old_peer && keep_alive) {
        bytes.insert(bytes.size() - 2, "Connection: keep-alive\r\n");
    }
    if (reply.chunks == nullptr && !head_only) {
        bytes += reply.body;
    }
    if (!co_await write(bytes)) {
        co_return false;
    }
    if (reply.chunks != nullptr && !head_only) {
        const bool sent = co_await send_chunks(reply, framed);
        co_return sent&& keep_alive;
    }
    co_return keep_alive;
}

asio::awaitable<bool> HttpConnection::send_chunks(const HttpReply& reply, bool framed) {
    for (;;) {
        const std::string chunk = reply.chunks();
        if (chunk.empty()) {
            break;
        }
        const std::string bytes = framed ? chunk_of(chunk) : chunk;
        if (!co_await write(bytes)) {
            co_return false;
        }
        co_await asio::post(timer_.get_executor(), asio::use_awaitable);
    }
    // Not in one expression with ||: g++ 12 awaits both sides of it.
    if (framed) {
        co_return co_await write("0\r\n\r\n");
    }
    co_return true;
}

asio::awaitable<bool> HttpConnection::write(std::string_view bytes) {
    expect_within(service_->limits.write);
    const bool written = co_await channel_->write(bytes);
    timer_.cancel();
    co_return written && !expired_;
}

}  // namespace tided::daemon
