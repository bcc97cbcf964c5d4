// Addresses inside values: URLs of peers and proxies, scrape targets, listeners, probes. Syntax
// only, nothing is looked up. Each error is a clause that says what is wrong without the text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "policy/vocab/result.h"

namespace tided::config {

/// What the checks below learn on their way.
struct Url {
    std::string scheme;
    std::string host;  ///< without brackets
    bool has_user = false;
};

/// An absolute http or https URL without query and fragment; a user part is told, not refused.
[[nodiscard]] Result<Url> parse_peer_url(std::string_view text);

/// "host:port", "10.0.0.1:80", "[::1]:80": port 1 .. 65535. "*" as host is refused.
[[nodiscard]] Status check_host_port(std::string_view text);

/// check_host_port, or a full http/https URL, which may have a query.
[[nodiscard]] Status check_target(std::string_view text);

/// An entry of no_proxy; of one with a '/', that it is an address and a prefix length.
[[nodiscard]] Status check_exception(std::string_view text);

/// "http://HOST:PORT/PATH" or "tcp://HOST:PORT".
[[nodiscard]] Status check_probe(std::string_view text);

/// True for 127.0.0.0/8, ::1 and localhost.
[[nodiscard]] bool is_loopback(std::string_view host);

/// The host part of "host:port", without brackets.
[[nodiscard]] std::string_view host_of(std::string_view host_port);

}  // namespace tided::config
