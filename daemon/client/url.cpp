#include "daemon/client/url.h"

#include <algorithm>

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

namespace tided::daemon {

namespace {

tl::unexpected<Error> refuse(std::string_view text, std::string_view why) {
    std::string shown(text.substr(0, std::min<std::size_t>(text.find_first_of("?#"), 200)));
    if (const auto at = text.rfind('@'); at != std::string_view::npos) {
        const auto rest = text.substr(at + 1);  // before it: perhaps a password
        shown = "…@" + std::string(rest.substr(0, std::min<std::size_t>(rest.find('?'), 200)));
    }
    return fail(ErrorCode::invalid_input,
                "\"" + shown + "\" is no usable address: " + std::string(why));
}

bool is_plain(char c) {
    return c > ' ' && c < 0x7f;
}

std::string lower(std::string_view text) {
    std::string result(text);
    for (char& c : result) {
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    return result;
}

std::string bracketed(const std::string& host) {
    return host.find(':') == std::string::npos ? host : "[" + host + "]";
}

std::uint16_t default_port(bool tls) {
    return tls ? 443 : 80;
}

std::string target_of(const boost::urls::url_view& url) {
    std::string target(url.encoded_path());
    if (target.empty()) {
        target = "/";
    }
    if (url.has_query()) {
        target += "?";
        target += std::string_view(url.encoded_query());
    }
    return target;
}

}  // namespace

Result<Url> parse_url(std::string_view text) {
    const auto parsed = boost::urls::parse_uri({text.data(), text.size()});
    if (!parsed) {
        return refuse(text, "expected http://host:port/path or https://…");
    }
    const boost::urls::url_view& url = *parsed;
    const std::string scheme = lower(std::string_view(url.scheme()));
    if (scheme != "http" && scheme != "https") {
        return refuse(text, "expected http://host:port/path or https://…");
    }
    if (url.has_userinfo()) {
        return refuse(text, "credentials do not belong in an address; use auth");
    }
    std::string host = lower(std::string_view(url.encoded_host()));
    if (host.starts_with('[')) {
        host = host.substr(1, host.size() - 2);
    }
    if (host.empty() || host.find('%') != std::string::npos) {
        return refuse(text, "its host is missing or not plain");
    }
    const bool tls = scheme == "https";
    const bool has_port = url.has_port() && !url.port().empty();
    if (has_port && url.port_number() == 0) {
        return refuse(text, "its port is not between 1 and 65535");
    }
    return Url{.origin = {.tls = tls,
                          .host = std::move(host),
                          .port = has_port ? url.port_number() : default_port(tls)},
               .target = target_of(url)};
}

Status check_target(std::string_view target) {
    if (!target.starts_with('/')) {
        return refuse(target, "a path begins with /");
    }
    const bool plain = std::all_of(target.begin(), target.end(), is_plain);
    if (!plain || target.find('#') != std::string_view::npos) {
        return refuse(target, "white space and control characters must be percent-encoded");
    }
    return {};
}

std::string host_and_port(const Origin& origin) {
    return bracketed(origin.host) + ":" + std::to_string(origin.port);
}

std::string host_header(const Origin& origin) {
    return origin.port == default_port(origin.tls) ? bracketed(origin.host) : host_and_port(origin);
}

std::string to_string(const Origin& origin) {
    return (origin.tls ? "https://" : "http://") + host_and_port(origin);
}

}  // namespace tided::daemon
