#include "daemon/server/checks.h"

#include <algorithm>
#include <cstdio>
#include <memory>

#include <pwd.h>

#include <boost/asio/ip/address.hpp>

namespace tided::daemon {
namespace {

/// The name in "name:port", "name", "[v6]:port" or "[v6]", without brackets.
std::string_view without_port(std::string_view host) {
    if (!host.empty() && host.front() == '[') {
        const auto end = host.find(']');
        return end == std::string_view::npos ? std::string_view{} : host.substr(1, end - 1);
    }
    return host.substr(0, host.find(':'));
}

bool equal_ignoring_case(std::string_view left, std::string_view right) {
    const auto lower = [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    };
    return std::equal(left.begin(), left.end(), right.begin(), right.end(), [&](char a, char b) {
        return lower(a) == lower(b);
    });
}

}  // namespace

bool host_is_ours(std::string_view host, const std::vector<std::string>& names) {
    std::string_view name = without_port(host);
    if (!name.empty() && name.back() == '.') {
        name.remove_suffix(1);
    }
    if (name.empty()) {
        return false;
    }
    boost::system::error_code not_an_address;
    static_cast<void>(boost::asio::ip::make_address(std::string{name}, not_an_address));
    return !not_an_address || equal_ignoring_case(name, "localhost") ||
           std::any_of(names.begin(), names.end(), [&](const std::string& ours) {
               return equal_ignoring_case(name, ours);
           });
}

std::string_view bearer_token(std::string_view authorization) {
    constexpr std::string_view scheme = "bearer ";
    if (authorization.size() < scheme.size() ||
        !equal_ignoring_case(authorization.substr(0, scheme.size()), scheme)) {
        return {};
    }
    authorization.remove_prefix(scheme.size());
    while (!authorization.empty() && authorization.front() == ' ') {
        authorization.remove_prefix(1);
    }
    return authorization;
}

bool equal_in_constant_time(std::string_view given, std::string_view expected) {
    unsigned difference = given.size() == expected.size() && !expected.empty() ? 0U : 1U;
    for (std::size_t i = 0; i < given.size(); ++i) {
        const char other = expected.empty() ? '\0' : expected[i % expected.size()];
        const unsigned left = static_cast<unsigned char>(given[i]);
        const unsigned right = static_cast<unsigned char>(other);
        difference |= left ^ right;
    }
    return difference == 0;
}

std::string peer_of(unsigned uid) {
    std::string peer = "uid=" + std::to_string(uid);
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file{std::fopen("/etc/passwd", "re"),
                                                               &std::fclose};
    while (file != nullptr) {
        const passwd* entry = ::fgetpwent(file.get());
        if (entry == nullptr) {
            break;
        }
        if (entry->pw_uid == uid) {
            return peer + "(" + entry->pw_name + ")";
        }
    }
    return peer;
}

}  // namespace tided::daemon
