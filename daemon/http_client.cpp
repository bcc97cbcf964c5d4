#include "daemon/http_client.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <utility>
#include <vector>

#include "daemon/connection.h"

namespace tided::daemon {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;

namespace {

constexpr std::size_t idle_per_peer = 8;
constexpr auto idle_longest = std::chrono::seconds{90};
constexpr std::size_t read_size = 32 * 1024;

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

Error with_effect(Error error, Effect effect) {
    error.effect = effect;
    return error;
}

}  // namespace

struct HttpClient::Impl {
    asio::awaitable<Result<HttpAnswer>> perform(HttpCall call, Deadline deadline);
    asio::awaitable<Result<Lease>> lease(const Origin& origin, Deadline deadline);
    asio::awaitable<Result<std::unique_ptr<Connection>>> open(const Origin& origin,
                                                              Deadline deadline);
    asio::awaitable<Status> connect(Connection& connection,
                                    const Origin& origin,
                                    Deadline deadline);
    asio::awaitable<Exchange> exchange(Connection& connection,
                                       const HttpCall& call,
                                       const std::string& request);
    asio::awaitable<Status> read_answer(Connection& connection, ResponseReader& reader);
    void give_back(const Origin& origin, std::unique_ptr<Connection> connection);
    void sweep(Clock::time_point now);

    std::shared_ptr<NetworkParts> parts;
    ClientOptions options;
    std::map<std::string, std::vector<Idle>> idle;
    Clock::time_point swept{};
};

HttpClient::HttpClient(std::shared_ptr<NetworkParts> parts, ClientOptions options)
    : impl_(std::make_unique<Impl>()) {
    impl_->parts = std::move(parts);
    impl_->options = std::move(options);
}

HttpClient::~HttpClient() = default;

asio::awaitable<Result<HttpAnswer>> HttpClient::perform(HttpCall call, Deadline deadline) {
    const auto begun = Clock::now();
    auto answer = co_await impl_->perform(std::move(call), deadline);
    if (!answer) {
        co_return fail(say_how_late(std::move(answer).error(), deadline.at - begun));
    }
    co_return answer;
}

asio::awaitable<Status> HttpClient::knock(Origin origin, Deadline deadline) {
    const auto begun = Clock::now();
    const auto connection = std::make_unique<Connection>(impl_->parts->io);
    auto connected = co_await impl_->connect(*connection, origin, deadline);
    if (!connected) {
        co_return fail(say_how_late(std::move(connected).error(), deadline.at - begun));
    }
    co_return connected;
}

void HttpClient::drop_idle() {
    impl_->idle.clear();
}

asio::awaitable<Result<HttpAnswer>> HttpClient::Impl::perform(HttpCall call, Deadline deadline) {
    const auto request = serialize(call, TargetForm::origin);
    if (!request) {
        co_return fail(request.error());
    }
    const Origin& origin = call.url.origin;
    for (bool again = false;; again = true) {
        Result<Lease> leased;
        if (again) {
            auto fresh = co_await open(origin, deadline);
            leased = fresh ? Result<Lease>(Lease{*std::move(fresh), false})
                           : Result<Lease>(fail(std::move(fresh).error()));
        } else {
            leased = co_await lease(origin, deadline);
        }
        if (!leased) {
            co_return fail(std::move(leased).error());
        }
        auto done = co_await exchange(*leased->connection, call, *request);
        leased->connection->disarm();
        if (!done.answer && done.stale && leased->reused && !again) {
            continue;
        }
        if (done.reusable && call.keep_alive) {
            give_back(origin, std::move(leased->connection));
        }
        if (!done.answer) {
            co_return fail(std::move(done.answer).error().within(host_and_port(origin)));
        }
        co_return std::move(done.answer);
    }
}

/// A kept connection when one is alive, else a fresh one. Armed with the deadline.
asio::awaitable<Result<Lease>> HttpClient::Impl::lease(const Origin& origin, Deadline deadline) {
    const auto now = Clock::now();
    sweep(now);
    const auto found = idle.find(to_string(origin));
    while (found != idle.end() && !found->second.empty()) {
        Idle last = std::move(found->second.back());
        found->second.pop_back();
        if (now - last.since < idle_longest && !last.connection->is_stale()) {
            last.connection->arm(deadline);
            co_return Lease{.connection = std::move(last.connection), .reused = true};
        }
    }
    auto fresh = co_await open(origin, deadline);
    if (!fresh) {
        co_return fail(std::move(fresh).error());
    }
    co_return Lease{.connection = *std::move(fresh)};
}

asio::awaitable<Result<std::unique_ptr<Connection>>> HttpClient::Impl::open(const Origin& origin,
                                                                            Deadline deadline) {
    auto connection = std::make_unique<Connection>(parts->io);
    if (auto connected = co_await connect(*connection, origin, deadline); !connected) {
        co_return fail(std::move(connected).error());
    }
    connection->arm(deadline);
    if (origin.tls) {
        co_return fail(ErrorCode::unsupported, "https is not spoken yet");
    }
    co_return connection;
}

/// Tries the peer's addresses in turn; each may use an equal share of the time left.
asio::awaitable<Status> HttpClient::Impl::connect(Connection& connection,
                                                  const Origin& origin,
                                                  Deadline deadline) {
    const auto addresses = co_await parts->resolver.resolve(origin.host, deadline);
    if (!addresses) {
        co_return fail(addresses.error());
    }
    Error last;
    for (std::size_t i = 0; i < addresses->size(); ++i) {
        const auto now = Clock::now();
        const auto left = static_cast<Clock::rep>(addresses->size() - i);
        connection.arm({.at = now + (deadline.at - now) / left});
        const auto& address = (*addresses)[i];
        auto connected = co_await connection.connect(address, origin.port);
        if (connected) {
            co_return connected;
        }
        const std::string numeric = address.to_string();
        const bool literal = numeric == origin.host;
        last = std::move(connected).error().within("connecting to " + host_and_port(origin) +
                                                   (literal ? "" : " (" + numeric + ")"));
        if (last.code == ErrorCode::cancelled) {
            break;
        }
    }
    co_return fail(std::move(last));
}

asio::awaitable<Exchange> HttpClient::Impl::exchange(Connection& connection,
                                                     const HttpCall& call,
                                                     const std::string& request) {
    const auto written = co_await connection.write(request);
    const bool is_read = call.method == "GET" || call.method == "HEAD";
    if (!written.status) {
        const bool untouched = written.bytes == 0;
        Error error = Error(written.status.error()).within("sending the request");
        const bool stale = error.code == ErrorCode::unavailable && (untouched || is_read);
        co_return Exchange{.answer = fail(with_effect(std::move(error),
                                                      untouched ? Effect::none : Effect::unknown)),
                           .stale = stale};
    }
    ResponseReader reader({.body_limit = call.body_limit,
                           .bodiless = call.method == "HEAD",
                           .keep_headers = call.keep_headers});
    auto read = co_await read_answer(connection, reader);
    if (!read) {
        const bool stale =
            is_read && !reader.has_begun() && read.error().code == ErrorCode::unavailable;
        co_return Exchange{.answer = fail(with_effect(std::move(read).error(), Effect::unknown)),
                           .stale = stale};
    }
    co_return Exchange{.answer = reader.take(), .reusable = reader.is_reusable()};
}

asio::awaitable<Status> HttpClient::Impl::read_answer(Connection& connection,
                                                      ResponseReader& reader) {
    const auto buffer = std::make_unique_for_overwrite<char[]>(read_size);
    while (!reader.is_complete()) {
        const auto got = co_await connection.read({buffer.get(), read_size});
        if (!got && got.error().code == ErrorCode::timed_out) {
            co_return fail(ErrorCode::timed_out,
                           reader.has_begun() ? "the answer was not complete, timed out"
                                              : "no answer, timed out");
        }
        if (!got) {
            co_return fail(got.error());
        }
        if (*got == 0) {
            co_return reader.close();
        }
        const auto used = reader.feed({buffer.get(), *got});
        if (!used) {
            co_return fail(used.error());
        }
        if (*used != *got) {
            co_return fail(ErrorCode::corrupt, "the peer sent more than one answer");
        }
    }
    co_return Status{};
}

void HttpClient::Impl::give_back(const Origin& origin, std::unique_ptr<Connection> connection) {
    auto& kept = idle[to_string(origin)];
    if (kept.size() < idle_per_peer) {
        kept.push_back({.connection = std::move(connection), .since = Clock::now()});
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
