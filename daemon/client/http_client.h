// HttpClient: sends one request and reads one answer, over connections it keeps open per peer.
// One deadline covers resolving, connecting, proxy, TLS, writing and reading. A kept connection
// that turns out dead is replaced once, only when no byte of an answer came and the request is a
// GET or HEAD, or nothing of it had left.
// It follows no redirect and knows no secret: http_transport does.
#pragma once

#include <memory>

#include <boost/asio/awaitable.hpp>

#include "daemon/client/dialer.h"
#include "daemon/client/http_request.h"
#include "daemon/client/http_response.h"
#include "policy/vocab/result.h"
#include "policy/vocab/time.h"

namespace tided::daemon {

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

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace tided::daemon
