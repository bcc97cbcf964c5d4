// checks: who may ask, and by which name. Pure functions.
//
// A page of a foreign site can make a browser ask a loopback address under the site's own name
// (DNS rebinding); so a request over TCP must name us by an IP literal, by localhost or by a name
// the policy file lists. The port is not compared: a forwarded port is no attack.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tided::daemon {

/// True when the Host header `host` ("web:9119", "[::1]") may be answered.
[[nodiscard]] bool host_is_ours(std::string_view host, const std::vector<std::string>& names);

/// The token of "Bearer TOKEN", or "" when `authorization` is of another scheme.
[[nodiscard]] std::string_view bearer_token(std::string_view authorization);

/// Compares in time that depends on the length of `given` alone.
[[nodiscard]] bool equal_in_constant_time(std::string_view given, std::string_view expected);

/// "uid=1000(alice)", by /etc/passwd alone: a directory service could block the loop.
[[nodiscard]] std::string peer_of(unsigned uid);

}  // namespace tided::daemon
