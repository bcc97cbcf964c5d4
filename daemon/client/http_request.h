// The bytes of one HTTP/1.1 request. Nothing a caller gives can end a line: names must be tokens,
// values hold no control character, the target no white space. Host, Connection, Content-Length
// and Transfer-Encoding are ours alone.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daemon/client/url.h"
#include "policy/vocab/result.h"

namespace tided::daemon {

using Headers = std::vector<std::pair<std::string, std::string>>;

struct HttpCall {
    std::string method = "GET";
    Url url;
    Headers headers;
    std::string authorization;  ///< whole value; never repeated in an error
    std::string body;
    bool has_body = false;  ///< sends Content-Length even when the body is empty
    bool compression = true;
    bool keep_headers = false;  ///< fill HttpAnswer::headers
    bool keep_alive = true;
    std::size_t body_limit = 64 * 1024 * 1024;
};

/// How the request line names its target: "/path" at the server, "http://host/path" at a proxy.
enum class TargetForm : std::uint8_t { origin, absolute };

[[nodiscard]] Result<std::string> serialize(const HttpCall& call, TargetForm form);

/// "CONNECT host:port": opens a tunnel through a proxy.
[[nodiscard]] std::string serialize_connect(const Origin& origin);

/// "Basic …" of RFC 7617.
[[nodiscard]] std::string basic_authorization(std::string_view user, std::string_view password);

}  // namespace tided::daemon
