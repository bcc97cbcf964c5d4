#include "daemon/client/http_client.h"

#include <algorithm>
#include <chrono>
#include <unordered_map>
#include <utility>
#include <vector>

#include "daemon/failpoint.h"

namespace tided::daemon {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;

namespace {

constexpr std::size_t idle_per_peer = 32;
constexpr auto idle_longest = std::chrono::seconds{90};

struct Idle {
    std::unique_ptr<Connection> connection;
    Clock::time_point since;
};

/// A connection in use, and whether it had carried a request before.
struct Lease {
    std::unique_ptr<Connection> connection;
    bool reused = false;
};

/// How one exchange on one connection went.
struct Exchange {
    Result<HttpAnswer> answer;
    bool reusable = false;
    bool stale = false;  ///< failed as a kept connection fails that the peer had closed
};

/// "5s", "200ms", "1.5s": rounded, since the deadline was made a moment before.
std::string span_text(Clock::duration span) {
    const auto ms = std::chrono::duration_cast<Duration>(span).count();
    const auto step = ms >= 995 ? 100 : 10;
    return tided::to_string(Duration{(ms + step / 2) / step * step});
}

Error say_how_late(Error error, Clock::duration allowed) {
    if (error.code == ErrorCode::timed_out) {
        error.message += " after " + span_text(allowed);
    }
    return error;
}

tl::unexpected<Error> with_effect(Error error, Effect effect) {
    error.effect = effect;
    return tl::unexpected(std::move(error));
}

/// The peer broke off while the request was being written. It may have said why: an early answer
/// (413) or a TLS alert stands in front of the reset.
asio::awaitable<Exchange> hear_out(Connection& connection,
                                   ResponseReader& reader,
                                   NetworkParts& parts,
                                   Exchange broken) {
    auto read = co_await read_answer(connection, reader, parts);
    if (read) {
        co_return Exchange{.answer = reader.take()};
    }
    if (read.error().message.starts_with("TLS: ")) {
        const Effect effect = broken.answer.error().effect;
        broken.answer = with_effect(std::move(read).error(), effect);
    }
    broken.stale = broken.stale && !reader.has_begun();
    co_return broken;
}

asio::awaitable<Exchange> exchange(Connection& connection,
                                   const HttpCall& call,
                                   const std::string& request,
                                   NetworkParts& parts) {
    ResponseReader reader({.body_limit = call.body_limit,
                           .bodiless = call.method == "HEAD",
                           .keep_headers = call.keep_headers,
                           .room = parts.spare_bodies.take()});
    auto written = co_await connection.write(request);
    const bool is_read = call.method == "GET" || call.method == "HEAD";
    if (!written.status) {
        const bool untouched = written.bytes == 0;
        Error error = std::move(written.status).error().within("sending the request");
        const bool stale = error.code == ErrorCode::unavailable && (untouched || is_read);
        const bool broken_off = error.code == ErrorCode::unavailable;
        const Effect effect = untouched ? Effect::none : Effect::unknown;
        Exchange broken{.answer = with_effect(std::move(error), effect), .stale = stale};
        if (broken_off) {
            co_return co_await hear_out(connection, reader, parts, std::move(broken));
        }
        co_return broken;
    }
    if (!is_read) {
        failpoint("call_sent");
    }
    auto read = co_await read_answer(connection, reader, parts);
    if (!read) {
        const bool stale =
            is_read && !reader.has_begun() && read.error().code == ErrorCode::unavailable;
        co_return Exchange{.answer = with_effect(std::move(read).error(), Effect::unknown),
                           .stale = stale};
    }
    co_return Exchange{.answer = reader.take(), .reusable = reader.is_reusable()};
}

}  // namespace

struct HttpClient::Impl {
    Impl(std::shared_ptr<NetworkParts> shared, ClientOptions options)
        : parts(std::move(shared)), dialer(parts, std::move(options)) {}

    asio::awaitable<Result<HttpAnswer>> perform(const HttpCall& call, Deadline deadline);
    asio::awaitable<Result<Lease>> lease(const Route& route,
                                         const std::string& key,
                                         bool fresh,
                                         Deadline deadline);
    void give_back(const Route& route,
                   const std::string& key,
                   std::unique_ptr<Connection> connection);
    void forget_on_new_certificates(const Route& route);
    void sweep(Clock::time_point now);

    std::shared_ptr<NetworkParts> parts;
    Dialer dialer;
    std::unordered_map<std::string, std::vector<Idle>> idle;
    TlsMaterial material;  ///< what the kept TLS connections were made with
    Clock::time_point swept{};
};

HttpClient::HttpClient(std::shared_ptr<NetworkParts> parts, ClientOptions options)
    : impl_(std::make_unique<Impl>(std::move(parts), std::move(options))) {}

HttpClient::~HttpClient() = default;

asio::awaitable<Result<HttpAnswer>> HttpClient::perform(const HttpCall& call, Deadline deadline) {
    const auto begun = Clock::now();
    auto answer = co_await impl_->perform(call, deadline);
    if (!answer) {
        co_return fail(say_how_late(std::move(answer).error(), deadline.at - begun));
    }
    co_return answer;
}

asio::awaitable<Status> HttpClient::knock(Origin origin, Deadline deadline) {
    const auto begun = Clock::now();
    const auto connection = std::make_unique<Connection>(impl_->parts->io);
    auto connected = co_await impl_->dialer.connect(*connection, origin, deadline);
    if (!connected) {
        co_return fail(say_how_late(std::move(connected).error(), deadline.at - begun));
    }
    co_return connected;
}

asio::awaitable<Result<int>> HttpClient::stream(HttpCall call, BodyStream body, Deadline deadline) {
    const auto route = impl_->dialer.route(call.url.origin);
    if (!route) {
        co_return fail(route.error());
    }
    call.compression = false;
    const auto request =
        serialize(call, route->is_forwarded() ? TargetForm::absolute : TargetForm::origin);
    if (!request) {
        co_return fail(request.error());
    }
    const std::string key = route->key();
    auto leased = co_await impl_->lease(*route, key, true, body.opened);
    if (!leased) {
        co_return fail(std::move(leased).error());
    }
    Connection& connection = *leased->connection;
    bool is_cut = false;
    bool is_open = false;
    body.cut = [&] {
        is_cut = true;
        connection.cut();
    };
    const auto take = [&](int status, std::string_view piece) {
        if (!std::exchange(is_open, true) && !is_cut) {
            connection.arm(deadline);
        }
        body.on_body(status, piece);
    };
    auto written = co_await connection.write(*request);
    Status read = std::move(written.status);
    ResponseReader reader({.body_limit = SIZE_MAX, .on_body = take});
    if (read) {
        read = co_await read_answer(connection, reader, *impl_->parts);
    }
    body.cut = {};
    if (!read) {
        co_return fail(std::move(read).error().within(host_and_port(call.url.origin)));
    }
    co_return reader.take().status;
}

void HttpClient::give_back(std::string body) {
    impl_->parts->spare_bodies.give_back(std::move(body));
}

void HttpClient::forget(const Origin& origin) {
    if (const auto route = impl_->dialer.route(origin)) {
        impl_->idle.erase(route->key());
    }
}

asio::awaitable<Result<HttpAnswer>> HttpClient::Impl::perform(const HttpCall& call,
                                                              Deadline deadline) {
    const auto route = dialer.route(call.url.origin);
    if (!route) {
        co_return fail(route.error());
    }
    const auto request =
        serialize(call, route->is_forwarded() ? TargetForm::absolute : TargetForm::origin);
    if (!request) {
        co_return fail(request.error());
    }
    const std::string key = route->key();
    for (bool again = false;; again = true) {
        auto leased = co_await lease(*route, key, again, deadline);
        if (!leased) {
            co_return fail(std::move(leased).error());
        }
        auto done = co_await exchange(*leased->connection, call, *request, *parts);
        leased->connection->disarm();
        if (done.stale && leased->reused && !again) {
            continue;
        }
        if (done.reusable && call.keep_alive) {
            give_back(*route, key, std::move(leased->connection));
        }
        if (!done.answer) {
            co_return fail(std::move(done.answer).error().within(host_and_port(call.url.origin)));
        }
        co_return std::move(done.answer);
    }
}

/// A kept connection when one is alive and `fresh` is not asked for. Armed with the deadline.
asio::awaitable<Result<Lease>> HttpClient::Impl::lease(const Route& route,
                                                       const std::string& key,
                                                       bool fresh,
                                                       Deadline deadline) {
    const auto now = Clock::now();
    sweep(now);
    forget_on_new_certificates(route);
    const auto found = fresh ? idle.end() : idle.find(key);
    while (found != idle.end() && !found->second.empty()) {
        Idle last = std::move(found->second.back());
        found->second.pop_back();
        if (now - last.since < idle_longest && !last.connection->is_stale()) {
            last.connection->arm(deadline);
            co_return Lease{.connection = std::move(last.connection), .reused = true};
        }
    }
    auto dialed = co_await dialer.dial(route, deadline);
    if (!dialed) {
        co_return fail(std::move(dialed).error());
    }
    co_return Lease{.connection = *std::move(dialed)};
}

/// Keeps the connection, unless the certificates it was made with were replaced under its request.
void HttpClient::Impl::give_back(const Route& route,
                                 const std::string& key,
                                 std::unique_ptr<Connection> connection) {
    if (route.origin.tls && !same_content(material, route.material)) {
        return;
    }
    auto& kept = idle[key];
    if (kept.size() < idle_per_peer) {
        kept.push_back({.connection = std::move(connection), .since = Clock::now()});
    }
}

void HttpClient::Impl::forget_on_new_certificates(const Route& route) {
    if (route.origin.tls && !same_content(material, route.material)) {
        idle.clear();
        material = route.material;
    }
}

void HttpClient::Impl::sweep(Clock::time_point now) {
    if (now - swept < idle_longest / 3) {
        return;
    }
    swept = now;
    for (auto& [peer, kept] : idle) {
        std::erase_if(kept, [now](const Idle& one) { return now - one.since >= idle_longest; });
    }
    std::erase_if(idle, [](const auto& entry) { return entry.second.empty(); });
}

}  // namespace tided::daemon
