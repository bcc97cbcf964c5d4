#include "daemon/client/proxy.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <utility>

namespace tided::daemon {

namespace asio = boost::asio;

namespace {

std::string lower(std::string_view text) {
    std::string result(text);
    std::transform(result.begin(), result.end(), result.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return result;
}

std::string_view trim(std::string_view text) {
    while (text.starts_with(' ')) {
        text.remove_prefix(1);
    }
    while (text.ends_with(' ')) {
        text.remove_suffix(1);
    }
    return text;
}

/// The variable in lower or upper case, with its name as found.
std::pair<std::string, std::string> variable(const std::string& name) {
    std::string upper = name;
    for (char& c : upper) {
        c = c == '_' ? c : static_cast<char>(c - 'a' + 'A');
    }
    for (const auto& candidate : {name, upper}) {
        const char* const value = std::getenv(candidate.c_str());
        if (value != nullptr && *value != '\0') {
            return {candidate, value};
        }
    }
    return {name, ""};
}

Result<std::optional<Origin>> parse_proxy(const std::string& text, const std::string& where) {
    if (text.empty()) {
        return std::optional<Origin>();
    }
    const bool has_scheme = text.find("://") != std::string::npos;
    auto url = parse_url(has_scheme ? text : "http://" + text);
    if (!url) {
        return fail(std::move(url).error().within(where));
    }
    if (url->origin.tls) {
        return fail(ErrorCode::unsupported,
                    where + ": proxies are spoken to over http://, not https://");
    }
    return std::optional(url->origin);
}

/// Whether the first `prefix` bits of both are the same.
template <typename Bytes>
bool same_prefix(const Bytes& left, const Bytes& right, unsigned prefix) {
    for (std::size_t i = 0; i < left.size() && prefix > 0; ++i) {
        const unsigned bits = std::min(prefix, 8U);
        const unsigned mask = 0xffU << (8U - bits) & 0xffU;
        if ((left[i] & mask) != (right[i] & mask)) {
            return false;
        }
        prefix -= bits;
    }
    return true;
}

bool contains(const asio::ip::address& network, unsigned prefix, const asio::ip::address& host) {
    if (network.is_v4() != host.is_v4()) {
        return false;
    }
    return network.is_v4()
               ? same_prefix(network.to_v4().to_bytes(), host.to_v4().to_bytes(), prefix)
               : same_prefix(network.to_v6().to_bytes(), host.to_v6().to_bytes(), prefix);
}

std::optional<asio::ip::address> literal(std::string_view text) {
    boost::system::error_code error;
    const auto address = asio::ip::make_address(std::string(text), error);
    return error ? std::nullopt : std::optional(address);
}

}  // namespace

Result<ProxyRules> ProxyRules::make(const std::string& proxy,
                                    const std::vector<std::string>& no_proxy) {
    ProxyRules rules;
    auto [plain_name, plain] = std::pair(std::string("proxy"), proxy);
    auto [secure_name, secure] = std::pair(std::string("proxy"), proxy);
    if (proxy == "env") {
        std::tie(plain_name, plain) = variable("http_proxy");
        std::tie(secure_name, secure) = variable("https_proxy");
        rules.spares_loopback_ = true;
        const std::string exceptions = variable("no_proxy").second;
        if (auto added = rules.add_exceptions(exceptions, From::environment); !added) {
            return fail(std::move(added).error());
        }
    }
    auto for_plain = parse_proxy(plain, plain_name);
    auto for_secure = parse_proxy(secure, secure_name);
    if (!for_plain || !for_secure) {
        return fail(for_plain ? for_secure.error() : for_plain.error());
    }
    rules.plain_ = *for_plain;
    rules.secure_ = *for_secure;
    for (const std::string& list : no_proxy) {
        if (auto added = rules.add_exceptions(list, From::file); !added) {
            return fail(std::move(added).error());
        }
    }
    return rules;
}

Status ProxyRules::add_exceptions(std::string_view list, From from) {
    while (!list.empty()) {
        const auto end = std::min(list.find(','), list.size());
        if (auto added = add_exception(trim(list.substr(0, end)), from); !added) {
            return added;
        }
        list.remove_prefix(std::min(end + 1, list.size()));
    }
    return {};
}

Status ProxyRules::add_exception(std::string_view text, From from) {
    if (text.empty()) {
        return {};
    }
    if (text == "*") {
        spares_all_ = true;
        return {};
    }
    const auto slash = text.find('/');
    if (slash == std::string_view::npos) {
        text.remove_prefix(text.starts_with("*.") ? 1 : 0);
        names_.push_back(lower(text));
        if (from == From::environment && !text.starts_with('.')) {
            tails_.push_back("." + names_.back());
        }
        return {};
    }
    const auto address = literal(text.substr(0, slash));
    const auto bits = text.substr(slash + 1);
    unsigned prefix = 0;
    const auto [end, error] = std::from_chars(bits.data(), bits.data() + bits.size(), prefix);
    const unsigned widest = address && address->is_v4() ? 32 : 128;
    if (!address || error != std::errc{} || end != bits.data() + bits.size() || prefix > widest) {
        return fail(ErrorCode::invalid_input,
                    "no_proxy: \"" + std::string(text) + "\" is no network like 10.0.0.0/8");
    }
    networks_.push_back({.address = *address, .prefix = prefix});
    return {};
}

bool ProxyRules::is_excepted(const Origin& target) const {
    if (spares_all_) {
        return true;
    }
    const auto address = literal(target.host);
    const bool loopback = address ? address->is_loopback() : target.host == "localhost";
    if (spares_loopback_ && loopback) {
        return true;
    }
    const bool in_network =
        address && std::any_of(networks_.begin(), networks_.end(), [&](const Network& one) {
            return contains(one.address, one.prefix, *address);
        });
    const std::string with_port = host_and_port(target);
    const bool is_below =
        !address && std::any_of(tails_.begin(), tails_.end(), [&](const std::string& tail) {
            return target.host.ends_with(tail) || with_port.ends_with(tail);
        });
    return in_network || is_below ||
           std::any_of(names_.begin(), names_.end(), [&](const std::string& name) {
               if (name.starts_with('.')) {
                   return target.host.ends_with(name) || "." + target.host == name;
               }
               return name == target.host || name == with_port;
           });
}

std::optional<Origin> ProxyRules::proxy_for(const Origin& target) const {
    const auto& proxy = target.tls ? secure_ : plain_;
    if (!proxy || is_excepted(target)) {
        return std::nullopt;
    }
    return proxy;
}

}  // namespace tided::daemon
