// Transport: how this floor speaks to a provider's HTTP API. The session behind it (daemon/)
// adds address, authentication, TLS, proxy and rate limit; nothing here knows a secret.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "policy/vocab/result.h"
#include "policy/vocab/time.h"

namespace tided::actuators {

struct Request {
    std::string method = "GET";
    std::string path;  ///< below the session's base URL, query included: "/apis/apps/v1/…"
    std::vector<std::pair<std::string, std::string>> headers;
    std::string content_type;
    std::string body;
};

/// An answer that came back whole, whatever its status.
struct Response {
    int status = 0;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;

    /// First header of that name, case-insensitive; "" when absent.
    [[nodiscard]] std::string_view header(std::string_view name) const;
};

class Transport {
public:
    Transport() = default;
    Transport(const Transport&) = delete;
    Transport& operator=(const Transport&) = delete;
    virtual ~Transport() = default;

    /// Sends once, never again by itself. An Error says by `effect` whether the request had left:
    /// Effect::none (nothing was sent) may be repeated, Effect::unknown must be observed first.
    [[nodiscard]] virtual boost::asio::awaitable<Result<Response>> send(Request request,
                                                                        Deadline deadline) = 0;
};

}  // namespace tided::actuators
