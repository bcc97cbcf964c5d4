// ProxyRules: whether a request goes through an HTTP proxy, and which.
//   proxy    "" none · "http://host:port" · "env" = http_proxy, https_proxy, no_proxy (either case)
//   no_proxy host · .suffix · *.suffix · CIDR (matches only address literals) · "*" · host:port
// As with curl, Go and Python, "env" never sends loopback through a proxy, and a name in the
// environment's no_proxy also spares what is below it: "corp.example" spares "api.corp.example".
// In the policy file it spares that one host.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/ip/address.hpp>

#include "daemon/client/url.h"
#include "policy/vocab/result.h"

namespace tided::daemon {

class ProxyRules {
public:
    ProxyRules() = default;

    /// Errors: invalid_input (not an http address, credentials in it, a CIDR that is none).
    [[nodiscard]] static Result<ProxyRules> make(const std::string& proxy,
                                                 const std::vector<std::string>& no_proxy);

    /// The proxy on the way to `target`, if any.
    [[nodiscard]] std::optional<Origin> proxy_for(const Origin& target) const;

private:
    struct Network {
        boost::asio::ip::address address;
        unsigned prefix = 0;
    };

    enum class From : std::uint8_t { file, environment };

    Status add_exceptions(std::string_view list, From from);
    Status add_exception(std::string_view text, From from);
    [[nodiscard]] bool is_excepted(const Origin& target) const;

    std::optional<Origin> plain_;   ///< for http://
    std::optional<Origin> secure_;  ///< for https://
    bool spares_loopback_ = false;
    bool spares_all_ = false;
    std::vector<std::string> names_;  ///< "host", ".suffix" or "host:port", lower case
    std::vector<std::string> tails_;  ///< ".host" or ".host:port": ends of names, not of addresses
    std::vector<Network> networks_;
};

}  // namespace tided::daemon
