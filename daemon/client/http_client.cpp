#include "daemon/client/http_client.h"

#include <chrono>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

#include <openssl/crypto.h>

#include "daemon/client/kept_connections.h"
#include "daemon/failpoint.h"

namespace tided::daemon {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;

namespace {

constexpr auto sweep_period = KeptConnections::longest / 3;

/// A request ready to be sent. What it refers to outlives the sending.
struct Outgoing {
    const HttpCall& call;
    std::shared_ptr<const std::string> text;
    const Route& route;
    KeptConnections& kept;
};

/// How one exchange on one connection went.
struct Exchange {
    Result<HttpAnswer> answer{};
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

bool is_read(const HttpCall& call) {
    return call.method == "GET" || call.method == "HEAD";
}

Exchange unwritten(const HttpCall& call, Connection::Written&& written) {
    const bool is_untouched = written.bytes == 0;
    Error error = std::move(written.status).error().within("sending the request");
    const bool is_stale = error.code == ErrorCode::unavailable && (is_untouched || is_read(call));
    const Effect effect = is_untouched ? Effect::none : Effect::unknown;
    return {.answer = with_effect(std::move(error), effect), .stale = is_stale};
}

Exchange unread(const HttpCall& call, const ResponseReader& reader, Error&& error) {
    const bool is_stale =
        is_read(call) && !reader.has_begun() && error.code == ErrorCode::unavailable;
    return {.answer = with_effect(std::move(error), Effect::unknown), .stale = is_stale};
}

/// A peer that broke off while the request was being written may have said why: an early answer
/// (413) or a TLS alert stands in front of the reset.
asio::awaitable<void> hear_out(Connection& connection,
                               ResponseReader& reader,
                               NetworkParts& parts,
                               Exchange& broken) {
    if (broken.answer.error().code != ErrorCode::unavailable) {
        co_return;
    }
    auto read = co_await read_answer(connection, reader, parts);
    if (read) {
        broken = {.answer = reader.take()};
        co_return;
    }
    if (read.error().message.starts_with("TLS: ")) {
        const Effect effect = broken.answer.error().effect;
        broken.answer = with_effect(std::move(read).error(), effect);
    }
    broken.stale = broken.stale && !reader.has_begun();
}

/// Sends and reads; how it went is put into `done`. Its frame is small, for thousands may wait.
asio::awaitable<void> exchange(Connection& connection,
                               const Outgoing& out,
                               NetworkParts& parts,
                               Exchange& done) {
    ResponseReader reader({.body_limit = out.call.body_limit,
                           .bodiless = out.call.method == "HEAD",
                           .keep_headers = out.call.keep_headers,
                           .bodies = &parts.spare_bodies});
    const std::string_view text = *out.text;
    auto written = connection.write_now(text);
    if (written.status && written.bytes < text.size()) {
        const std::size_t before = written.bytes;
        written = co_await connection.write(text.substr(before));
        written.bytes += before;
    }
    if (!written.status) {
        done = unwritten(out.call, std::move(written));
        co_await hear_out(connection, reader, parts, done);
        co_return;
    }
    if (!is_read(out.call)) {
        failpoint("call_sent");
    }
    if (Status read = co_await read_answer(connection, reader, parts); !read) {
        done = unread(out.call, reader, std::move(read).error());
    } else {
        done = {.answer = reader.take(), .reusable = reader.is_reusable()};
    }
}

asio::awaitable<Result<HttpAnswer>> refused(Error error) {
    co_return fail(std::move(error));
}

Result<std::string> written(const HttpCall& call, const Route& route) {
    return serialize(call, route.is_forwarded() ? TargetForm::absolute : TargetForm::origin);
}

}  // namespace

struct RepeatedCall::State {
    explicit State(HttpCall given) : call(std::move(given)) {}
    ~State() {
        forget_text();
        OPENSSL_cleanse(call.authorization.data(), call.authorization.size());
        if (kept && kept.use_count() == 2) {  // the client's and this one
            kept->clear();
        }
    }
    State(const State&) = delete;
    State& operator=(const State&) = delete;

    void forget_text() {
        if (text && text.use_count() == 1) {
            OPENSSL_cleanse(text->data(), text->size());
        }
        text.reset();
    }

    HttpCall call;
    std::optional<Route> route{};
    std::shared_ptr<std::string> text{};  ///< null until it is written; a sending has it, too
    std::shared_ptr<KeptConnections> kept{};
};

RepeatedCall::RepeatedCall(HttpCall call) : state_(std::make_unique<State>(std::move(call))) {}

RepeatedCall::~RepeatedCall() = default;

const HttpCall& RepeatedCall::call() const {
    return state_->call;
}

void RepeatedCall::authorize(std::string authorization) {
    if (authorization != state_->call.authorization) {
        OPENSSL_cleanse(state_->call.authorization.data(), state_->call.authorization.size());
        state_->call.authorization = std::move(authorization);
        state_->forget_text();
    }
}

struct HttpClient::Impl {
    Impl(std::shared_ptr<NetworkParts> shared, ClientOptions options)
        : parts(std::move(shared)), dialer(parts, std::move(options)) {}

    asio::awaitable<Result<HttpAnswer>> perform(Outgoing out, Deadline deadline);
    Status prepare(RepeatedCall::State& repeated);
    std::shared_ptr<KeptConnections> kept_to(const Route& route);
    void sweep(Clock::time_point now);

    std::shared_ptr<NetworkParts> parts;
    Dialer dialer;
    std::unordered_map<std::string, std::shared_ptr<KeptConnections>> kept;
    Clock::time_point swept{};
};

HttpClient::HttpClient(std::shared_ptr<NetworkParts> parts, ClientOptions options)
    : impl_(std::make_unique<Impl>(std::move(parts), std::move(options))) {}

HttpClient::~HttpClient() = default;

asio::awaitable<Result<HttpAnswer>> HttpClient::perform(const HttpCall& call, Deadline deadline) {
    const auto route = impl_->dialer.route(call.url.origin);
    if (!route) {
        co_return fail(route.error());
    }
    auto text = written(call, *route);
    if (!text) {
        co_return fail(std::move(text).error());
    }
    const auto kept = impl_->kept_to(*route);
    const Outgoing out{.call = call,
                       .text = std::make_shared<std::string>(*std::move(text)),
                       .route = *route,
                       .kept = *kept};
    co_return co_await impl_->perform(out, deadline);
}

asio::awaitable<Result<HttpAnswer>> HttpClient::perform(RepeatedCall& call, Deadline deadline) {
    RepeatedCall::State& state = *call.state_;
    if (Status ready = impl_->prepare(state); !ready) {
        return refused(std::move(ready).error());
    }
    return impl_->perform(
        {.call = state.call, .text = state.text, .route = *state.route, .kept = *state.kept},
        deadline);
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
    const auto request = written(call, *route);
    if (!request) {
        co_return fail(request.error());
    }
    auto dialed = co_await impl_->dialer.dial(*route, body.opened);
    if (!dialed) {
        co_return fail(std::move(dialed).error());
    }
    Connection& connection = **dialed;
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

asio::awaitable<Result<HttpAnswer>> HttpClient::Impl::perform(Outgoing out, Deadline deadline) {
    const auto begun = Clock::now();
    for (bool again = false;; again = true) {
        auto connection = again ? nullptr : out.kept.take(out.route, begun);
        const bool is_reused = connection != nullptr;
        if (is_reused) {
            connection->arm(deadline);
        } else {
            auto dialed = co_await dialer.dial(out.route, deadline);
            if (!dialed) {
                co_return fail(say_how_late(std::move(dialed).error(), deadline.at - begun));
            }
            connection = *std::move(dialed);
        }
        Exchange done;
        co_await exchange(*connection, out, *parts, done);
        connection->disarm();
        if (done.stale && is_reused) {
            continue;
        }
        if (done.reusable && out.call.keep_alive) {
            out.kept.give_back(std::move(connection), out.route);
        }
        if (!done.answer) {
            Error error = std::move(done.answer).error().within(host_and_port(out.call.url.origin));
            co_return fail(say_how_late(std::move(error), deadline.at - begun));
        }
        co_return std::move(done.answer);
    }
}

/// What is not there yet. Certificates are looked at each time.
Status HttpClient::Impl::prepare(RepeatedCall::State& repeated) {
    if (!repeated.route || repeated.route->origin.tls) {
        auto route = dialer.route(repeated.call.url.origin);
        if (!route) {
            return fail(std::move(route).error());
        }
        repeated.route = *std::move(route);
    }
    if (!repeated.text) {
        auto text = written(repeated.call, *repeated.route);
        if (!text) {
            return fail(std::move(text).error());
        }
        repeated.text = std::make_shared<std::string>(*std::move(text));
    }
    if (!repeated.kept) {
        repeated.kept = kept_to(*repeated.route);
    }
    sweep(Clock::now());
    return {};
}

std::shared_ptr<KeptConnections> HttpClient::Impl::kept_to(const Route& route) {
    sweep(Clock::now());
    auto& found = kept[route.key()];
    if (!found) {
        found = std::make_shared<KeptConnections>();
    }
    return found;
}

void HttpClient::Impl::sweep(Clock::time_point now) {
    if (now - swept < sweep_period) {
        return;
    }
    swept = now;
    std::erase_if(kept, [now](const auto& entry) {
        entry.second->drop_old(now);
        return entry.second->empty() && entry.second.use_count() == 1;
    });
}

}  // namespace tided::daemon
