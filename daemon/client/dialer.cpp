#include "daemon/client/dialer.h"

#include <chrono>
#include <utility>

#include "daemon/client/http_request.h"
#include "metrics/transport.h"

namespace tided::daemon {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;

namespace {

/// A host that refuses at one address and does not answer at another may well live.
bool is_refused(const Error& error) {
    return error.message.ends_with(metrics::refused_clause);
}

Status refusal_of_proxy(const Route& route, int status) {
    const std::string clause = "the proxy " + host_and_port(*route.proxy) + " opens no tunnel to " +
                               host_and_port(route.origin) + ": status " + std::to_string(status);
    return status == 407 ? fail(ErrorCode::unavailable,
                                clause + ", it asks for credentials, which is not supported")
                         : fail(ErrorCode::unavailable, clause);
}

}  // namespace

std::string Route::key() const {
    if (is_forwarded()) {
        return "via " + host_and_port(*proxy);
    }
    return proxy ? to_string(origin) + " via " + host_and_port(*proxy) : to_string(origin);
}

/// One of the places at the gate, given back however the handshake ends.
class Dialer::Place {
public:
    explicit Place(Gate& gate) : gate_(gate) { --gate_.places; }
    ~Place() {
        ++gate_.places;
        gate_.freed.ring();
    }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

private:
    Gate& gate_;
};

Dialer::Dialer(std::shared_ptr<NetworkParts> parts, ClientOptions options)
    : parts_(std::move(parts)),
      options_(std::move(options)),
      gate_{.places = options_.handshakes, .freed = Bell{parts_->io}} {}

Result<Route> Dialer::route(const Origin& origin) const {
    Route route{.origin = origin, .proxy = options_.proxies.proxy_for(origin), .material = {}};
    if (origin.tls && options_.material) {
        auto material = options_.material();
        if (!material) {
            return fail(std::move(material).error());
        }
        route.material = *std::move(material);
    }
    return route;
}

asio::awaitable<Result<std::unique_ptr<Connection>>> Dialer::dial(const Route& route,
                                                                  Deadline deadline) const {
    auto connection = std::make_unique<Connection>(parts_->io);
    auto status = co_await connect(*connection, route.proxy.value_or(route.origin), deadline);
    if (!status && route.proxy) {
        Error error = std::move(status).error().within("through the proxy");
        error.message += is_refused(error) ? " by it" : "";
        co_return fail(std::move(error));
    }
    if (status) {
        connection->arm(deadline);
    }
    if (status && route.proxy && route.origin.tls) {
        status = co_await tunnel(*connection, route);
    }
    if (status && route.origin.tls) {
        status = co_await secure(*connection, route, deadline);
    }
    if (!status) {
        co_return fail(std::move(status).error());
    }
    co_return connection;
}

asio::awaitable<Status> Dialer::connect(Connection& connection,
                                        const Origin& origin,
                                        Deadline deadline) const {
    const auto addresses = co_await parts_->resolver.resolve(origin.host, deadline);
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
        const std::string where = numeric == origin.host ? "" : " (" + numeric + ")";
        Error error =
            std::move(connected).error().within("connecting to " + host_and_port(origin) + where);
        if (i == 0 || is_refused(last) || !is_refused(error)) {
            last = std::move(error);
        }
        if (last.code == ErrorCode::cancelled) {
            break;
        }
    }
    co_return fail(std::move(last));
}

asio::awaitable<Status> Dialer::tunnel(Connection& connection, const Route& route) const {
    const std::string request = serialize_connect(route.origin);
    const std::string proxy = "the proxy " + host_and_port(*route.proxy);
    auto written = co_await connection.write(request);
    if (!written.status) {
        co_return fail(std::move(written.status).error().within(proxy));
    }
    ResponseReader reader({.body_limit = 0, .bodiless = true});
    auto read = co_await read_answer(connection, reader, *parts_);
    if (!read) {
        co_return fail(std::move(read).error().within(proxy));
    }
    const int status = reader.take().status;
    co_return status / 100 == 2 ? Status{} : refusal_of_proxy(route, status);
}

asio::awaitable<Status> Dialer::secure(Connection& connection,
                                       const Route& route,
                                       Deadline deadline) const {
    Gate& gate = gate_;
    const std::string peer = host_and_port(route.origin);
    while (gate.places == 0) {
        const Woken woken = co_await gate.freed.wait(deadline.at);
        if (woken == Woken::cancelled) {
            co_return fail(ErrorCode::cancelled, "TLS: handshake with " + peer + ": cancelled");
        }
        if (woken == Woken::late && gate.places == 0) {
            // Not the peer's silence: it was not asked.
            co_return fail(ErrorCode::throttled,
                           "TLS: handshake with " + peer + ": waiting its turn, timed out");
        }
    }
    const Place place(gate);
    auto session = parts_->tls.prepare(route.material, route.origin);
    if (!session) {
        co_return fail(std::move(session).error());
    }
    auto secured = co_await connection.secure(*std::move(session));
    if (!secured && secured.error().code == ErrorCode::timed_out) {
        co_return fail(std::move(secured).error().within("TLS: handshake with " + peer));
    }
    co_return secured;
}

asio::awaitable<Status> read_answer(Connection& connection,
                                    ResponseReader& reader,
                                    NetworkParts& parts) {
    BodyRoom::Share share{parts.bodies};
    const ReadBuffers::Lease buffer{parts.buffers};
    while (!reader.is_complete()) {
        const auto got = co_await connection.read(buffer.span());
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
        const auto used = reader.feed({buffer.span().data(), *got});
        if (!used) {
            co_return fail(used.error());
        }
        if (!share.grow_to(reader.body_size())) {
            co_return fail(ErrorCode::out_of_capacity,
                           "the answers of all peers under way fill the room for them, " +
                               std::to_string(parts.bodies.bytes()) +
                               " bytes: this one is given up at " +
                               std::to_string(reader.body_size()));
        }
        if (*used != *got) {
            co_return fail(ErrorCode::corrupt, "the peer sent more than one answer");
        }
    }
    co_return Status{};
}

}  // namespace tided::daemon
