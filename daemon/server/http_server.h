// HttpServer: one small HTTP/1.1 server for the read-only TCP listeners and the control socket.
// It knows connections, limits, TLS, Host and bearer checks, and the peer's uid; what a path
// means is decided by routes.cpp through `handle`.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "daemon/config/config.h"
#include "policy/vocab/result.h"

namespace tided::daemon {

struct HttpRequest {
    std::string method;
    std::string target;  ///< path and query, undecoded
    std::string accept;
    std::string content_type;
    std::string body;         ///< at most 64 kB
    bool control = false;     ///< came over the control socket
    bool authorised = false;  ///< control socket, or a verified bearer / client certificate
    bool by_bearer = false;   ///< a browser never sends that on its own
    std::string peer;         ///< "uid=1000(alice)" or "10.0.0.7:50112"
};

struct HttpReply {
    int status = 200;
    std::string content_type = "application/json";
    std::string body{};
    std::vector<std::pair<std::string, std::string>> headers{};  ///< besides those of the framing
    /// When set, the body is streamed: called until it gives "", with the loop let in between.
    std::function<std::string()> chunks{};
};

using HttpHandler = std::function<boost::asio::awaitable<HttpReply>(HttpRequest)>;

struct HttpLimits {
    std::size_t header = 8 * 1024;              ///< bytes; more is 431
    std::size_t body = 64 * 1024;               ///< bytes; more is 413
    std::size_t connections = 256;              ///< TCP; past it the longest idle one is closed
    std::size_t control = 64;                   ///< the same for the control socket
    Duration read = std::chrono::seconds{10};   ///< first byte to whole request; then 408
    Duration idle = std::chrono::seconds{60};   ///< between requests
    Duration write = std::chrono::seconds{30};  ///< for each piece of an answer
};

/// {"error":"…"} with that status.
[[nodiscard]] HttpReply error_reply(int status, std::string_view sentence);

class HttpServer {
public:
    /// Binds every address and the socket (0660, group tided when that group exists) before it
    /// returns. Errors name the address. `control_socket` "" = none.
    [[nodiscard]] static Result<std::unique_ptr<HttpServer>> listen(
        boost::asio::any_io_executor io,
        const config::Listener& listener,
        const std::string& control_socket,
        HttpHandler handler,
        HttpLimits limits = {});
    ~HttpServer();
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;

    /// The addresses really bound ("127.0.0.1:9119"), port 0 resolved.
    [[nodiscard]] std::vector<std::string> addresses() const;

    /// Stops accepting and ends idle connections; those answering get until the deadline.
    [[nodiscard]] boost::asio::awaitable<void> close(Deadline deadline);

    struct Impl;

private:
    explicit HttpServer(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace tided::daemon
