// HttpTransport: a Session over one HttpClient. It turns what the floors below ask (a path, a
// page) into calls with address, authentication and limits, and follows redirects for reads only,
// to the same scheme, host and port only: credentials never travel to another host.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "daemon/client/http_client.h"
#include "daemon/sessions/session.h"

namespace tided::daemon {

/// Who we are to the peer: asked before each request.
class Authorizer {
public:
    Authorizer() = default;
    Authorizer(const Authorizer&) = delete;
    Authorizer& operator=(const Authorizer&) = delete;
    virtual ~Authorizer() = default;

    /// The Authorization header's value, "" = none.
    [[nodiscard]] virtual boost::asio::awaitable<Result<std::string>> authorization(
        Deadline deadline) = 0;

    /// authorization() where nothing has to be waited for; nothing where it may have to.
    [[nodiscard]] virtual std::optional<Result<std::string>> at_hand() { return std::nullopt; }

    /// The peer said 401. True when the next authorization() will be a new one: the request, which
    /// then cannot have had an effect, is repeated once.
    [[nodiscard]] virtual bool renew() { return false; }
};

/// Bearer or basic of config::Auth, read from the secrets at each use.
[[nodiscard]] std::shared_ptr<Authorizer> make_authorizer(config::Auth auth,
                                                          std::shared_ptr<NetworkParts> parts);

struct TransportOptions {
    std::optional<Url> base{};  ///< none: every request names a whole URL
    std::size_t body_limit = 64 * 1024 * 1024;
    bool compression = true;
};

/// `client` and `authorizer` are the session's alone.
[[nodiscard]] std::unique_ptr<Session> make_http_transport(std::unique_ptr<HttpClient> client,
                                                           std::shared_ptr<Authorizer> authorizer,
                                                           TransportOptions options);

}  // namespace tided::daemon
