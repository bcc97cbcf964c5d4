// Url: what an outgoing request needs of an absolute http(s) URL. Strict: no credentials inside,
// no fragment, no white space or control character anywhere.
//   scheme :// host [: port] target
// IPv6 literals are held without brackets; a missing port is the scheme's.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "policy/vocab/result.h"

namespace tided::daemon {

/// Where a connection goes.
struct Origin {
    bool tls = false;
    std::string host;
    std::uint16_t port = 80;

    friend bool operator==(const Origin&, const Origin&) = default;
};

struct Url {
    Origin origin;
    std::string target = "/";  ///< path and query, encoded

    friend bool operator==(const Url&, const Url&) = default;
};

/// Errors: invalid_input with a sentence that repeats the URL without its query.
[[nodiscard]] Result<Url> parse_url(std::string_view text);

/// A path and query below an origin: begins with '/', no white space, control character or '#'.
[[nodiscard]] Status check_target(std::string_view target);

/// "host:port", IPv6 in brackets: for messages and as a connection's name.
[[nodiscard]] std::string host_and_port(const Origin& origin);

/// The Host header: the port only when it is not the scheme's.
[[nodiscard]] std::string host_header(const Origin& origin);

/// "https://host:port": an origin in a message.
[[nodiscard]] std::string to_string(const Origin& origin);

}  // namespace tided::daemon
