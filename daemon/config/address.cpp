#include "daemon/config/address.h"

#include <algorithm>
#include <cctype>
#include <charconv>

#include <boost/url.hpp>

namespace tided::config {
namespace {

namespace urls = boost::urls;

tl::unexpected<Error> wrong(std::string message) {
    return fail(ErrorCode::invalid_input, std::move(message));
}

bool is_port(std::string_view text) {
    unsigned port = 0;
    const auto [stop, problem] = std::from_chars(text.data(), text.data() + text.size(), port);
    return problem == std::errc{} && stop == text.data() + text.size() && port >= 1 &&
           port <= 65535;
}

bool is_ipv4(std::string_view text) {
    return urls::parse_ipv4_address(text).has_value();
}

bool is_host_name(std::string_view text) {
    const bool only_digits = std::all_of(
        text.begin(), text.end(), [](unsigned char c) { return std::isdigit(c) != 0 || c == '.'; });
    if (text.empty() || text.size() > 253 || text.front() == '-' || text.front() == '.') {
        return false;
    }
    return (only_digits && is_ipv4(text)) ||
           (!only_digits && std::all_of(text.begin(), text.end(), [](unsigned char c) {
               return std::isalnum(c) != 0 || c == '-' || c == '.' || c == '_';
           }));
}

/// Boost.URL's view, or why there is none.
Result<urls::url_view> parse_absolute(std::string_view text) {
    const auto parsed = urls::parse_uri(text);
    if (!parsed) {
        return wrong("it is not of the form scheme://host:port/path");
    }
    return *parsed;
}

Status check_authority(const urls::url_view& url) {
    if (url.host().empty()) {
        return wrong("the host is missing");
    }
    if (url.host_type() == urls::host_type::name && !is_host_name(url.encoded_host())) {
        return wrong("the host is neither a name nor an address");
    }
    if (url.has_port() && !is_port(url.port())) {
        return wrong("the port must be 1 to 65535");
    }
    return {};
}

Result<Url> parse_http(std::string_view text) {
    const Result<urls::url_view> parsed = parse_absolute(text);
    if (!parsed) {
        return fail(parsed.error());
    }
    const std::string scheme{parsed->scheme()};
    if (scheme != "http" && scheme != "https") {
        return wrong("the scheme must be http or https");
    }
    if (Status authority = check_authority(*parsed); !authority) {
        return fail(std::move(authority).error());
    }
    if (parsed->has_fragment()) {
        return wrong("it must not have a fragment ('#')");
    }
    return Url{.scheme = scheme,
               .host = std::string{parsed->host_address()},
               .has_user = parsed->has_userinfo()};
}

}  // namespace

Result<Url> parse_peer_url(std::string_view text) {
    Result<Url> url = parse_http(text);
    if (url && text.find('?') != std::string_view::npos) {
        return wrong("it must not have a query ('?')");
    }
    return url;
}

Status check_host_port(std::string_view text) {
    if (text.starts_with('[')) {
        const std::size_t end = text.find(']');
        if (end == std::string_view::npos ||
            !urls::parse_ipv6_address(text.substr(1, end - 1)).has_value()) {
            return wrong("an IPv6 address in brackets such as [::1]:80 is expected");
        }
        if (text.substr(end + 1, 1) != ":" || !is_port(text.substr(end + 2))) {
            return wrong("a port 1 to 65535 is missing behind ']'");
        }
        return {};
    }
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos) {
        return wrong("the port is missing: host:port is expected");
    }
    if (text.find(':', colon + 1) != std::string_view::npos) {
        return wrong("an IPv6 address must be in brackets, as in [::1]:80");
    }
    if (!is_host_name(text.substr(0, colon))) {
        return wrong("the host is neither a name nor an address");
    }
    if (!is_port(text.substr(colon + 1))) {
        return wrong("the port must be 1 to 65535");
    }
    return {};
}

Status check_target(std::string_view text) {
    if (text.find("://") == std::string_view::npos) {
        return check_host_port(text);
    }
    return parse_http(text).map([](const Url&) {});
}

Status check_exception(std::string_view text) {
    const std::size_t slash = text.find('/');
    if (slash == std::string_view::npos) {
        return {};
    }
    const std::string_view address = text.substr(0, slash);
    const std::string_view length = text.substr(slash + 1);
    const bool is_v4 = urls::parse_ipv4_address(address).has_value();
    const int most = is_v4 ? 32 : urls::parse_ipv6_address(address).has_value() ? 128 : -1;
    int bits = 0;
    const auto [end, error] = std::from_chars(length.data(), length.data() + length.size(), bits);
    const bool is_number = error == std::errc{} && end == length.data() + length.size();
    if (most < 0 || !is_number || bits < 0 || bits > most) {
        return wrong("ADDRESS/LENGTH is expected, as in 10.0.0.0/8 or fd00::/8");
    }
    return {};
}

Status check_probe(std::string_view text) {
    constexpr std::string_view tcp = "tcp://";
    if (text.starts_with(tcp)) {
        return check_host_port(text.substr(tcp.size()));
    }
    const Result<Url> url = parse_http(text);
    if (!url) {
        return fail(url.error());
    }
    return url->scheme == "http" ? Status{} : wrong("http://HOST:PORT/PATH or tcp://HOST:PORT");
}

bool is_loopback(std::string_view host) {
    return host == "localhost" || host == "::1" || (host.starts_with("127.") && is_ipv4(host));
}

std::string_view host_of(std::string_view host_port) {
    if (host_port.starts_with('[')) {
        return host_port.substr(1, host_port.find(']') - 1);
    }
    return host_port.substr(0, host_port.find(':'));
}

}  // namespace tided::config
