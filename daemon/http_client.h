// HttpClient: sends one request and reads one answer, over connections it keeps open per peer.
//   resolve -> connect (each address with its share of the time) -> proxy -> TLS -> write -> read
// One deadline covers all of it. A kept connection that turns out dead is replaced once, only when
// no byte of an answer came and the request is a GET or HEAD, or nothing of it had left.
// It follows no redirect and knows no secret: http_transport does.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "daemon/http_request.h"
#include "daemon/http_response.h"
#include "daemon/network_parts.h"
#include "policy/vocab/result.h"
#include "policy/vocab/time.h"

namespace tided::daemon {

struct ClientOptions {
    /// What TLS is made of, asked before each new connection: rotated files are picked up. The
    /// names of the parts are shown in messages. Empty = the system's store.
    std::function<Result<TlsMaterial>()> material;
};

class HttpClient {
public:
    HttpClient(std::shared_ptr<NetworkParts> parts, ClientOptions options);
    ~HttpClient();
    HttpClient(const HttpClient&) = delete;
    HttpClient& operator=(const HttpClient&) = delete;

    /// The answer, whatever its status. Error::effect: none when nothing of the request had left.
    [[nodiscard]] boost::asio::awaitable<Result<HttpAnswer>> perform(HttpCall call,
                                                                     Deadline deadline);

    /// Connects and hangs up: whether anything accepts there.
    [[nodiscard]] boost::asio::awaitable<Status> knock(Origin origin, Deadline deadline);

    /// Forgets idle connections: after credentials bound to a connection changed.
    void drop_idle();

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace tided::daemon
