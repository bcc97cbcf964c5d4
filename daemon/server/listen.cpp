#include "daemon/server/listen.h"

#include <charconv>
#include <cstring>
#include <optional>

#include <grp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/v6_only.hpp>

namespace tided::daemon {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using Local = asio::local::stream_protocol;

std::optional<tcp::endpoint> parse_endpoint(const std::string& address) {
    const auto colon = address.rfind(':');
    if (colon == std::string::npos) {
        return std::nullopt;
    }
    std::string host = address.substr(0, colon);
    if (host == "localhost") {
        host = "127.0.0.1";  // names are not looked up: what a listener binds must be certain
    }
    const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
    if (bracketed) {
        host = host.substr(1, host.size() - 2);
    }
    std::uint16_t port = 0;
    const char* end = address.data() + address.size();
    const auto parsed = std::from_chars(address.data() + colon + 1, end, port);
    boost::system::error_code error;
    const auto ip = asio::ip::make_address(host, error);
    if (error || parsed.ec != std::errc{} || parsed.ptr != end || ip.is_v6() != bracketed) {
        return std::nullopt;
    }
    return tcp::endpoint{ip, port};
}

/// Whether somebody accepts connections on the socket at `path`.
bool is_live(const std::string& path) {
    asio::io_context io;
    Local::socket probe{io};
    boost::system::error_code error;
    probe.connect(Local::endpoint{path}, error);
    return !error;
}

Status make_room(const std::string& path) {
    const std::string what = "control socket " + path + ": ";
    if (path.size() >= sizeof(sockaddr_un::sun_path)) {
        return fail(ErrorCode::invalid_input, what + "the path is longer than 107 bytes");
    }
    struct stat found {};
    const auto slash = path.rfind('/');
    const std::string parent = slash == std::string::npos ? "." : path.substr(0, slash + 1);
    if (::stat(parent.c_str(), &found) != 0 || !S_ISDIR(found.st_mode)) {
        return fail(ErrorCode::not_found, what + "the directory " + parent + " does not exist");
    }
    if (::lstat(path.c_str(), &found) != 0) {
        return {};
    }
    if (!S_ISSOCK(found.st_mode)) {
        return fail(ErrorCode::conflict, what + "a file that is no socket is in its place");
    }
    if (is_live(path)) {
        return fail(ErrorCode::conflict, what + "another process listens on it");
    }
    if (::unlink(path.c_str()) != 0) {
        return fail(ErrorCode::forbidden,
                    what + "removing the old one: " + std::generic_category().message(errno));
    }
    return {};
}

/// Mode and group. Not being allowed to give it to the group leaves it to the owner alone.
void give_to_group(const std::string& path) {
    if (const group* tided = ::getgrnam("tided"); tided != nullptr) {
        if (::chown(path.c_str(), static_cast<uid_t>(-1), tided->gr_gid) != 0) {
            return;
        }
    }
}

}  // namespace

Result<tcp::acceptor> listen_tcp(asio::any_io_executor io, const std::string& address) {
    const auto endpoint = parse_endpoint(address);
    if (!endpoint) {
        return fail(ErrorCode::invalid_input,
                    "listen address \"" + address +
                        "\" is no IP:PORT such as 127.0.0.1:9119 or [::1]:9119");
    }
    tcp::acceptor acceptor{std::move(io)};
    boost::system::error_code error;
    const auto step = [&](auto&& action) {
        if (!error) {
            action();
        }
    };
    step([&] { acceptor.open(endpoint->protocol(), error); });
    step([&] { acceptor.set_option(tcp::acceptor::reuse_address{true}, error); });
    if (endpoint->address().is_v6()) {
        step([&] { acceptor.set_option(asio::ip::v6_only{true}, error); });
    }
    step([&] { acceptor.bind(*endpoint, error); });
    step([&] { acceptor.listen(asio::socket_base::max_listen_connections, error); });
    if (error) {
        return fail(ErrorCode::unavailable, "listening on " + address + ": " + error.message());
    }
    return acceptor;
}

Result<Local::acceptor> listen_control(asio::any_io_executor io, const std::string& path) {
    if (Status room = make_room(path); !room) {
        return fail(room.error());
    }
    Local::acceptor acceptor{std::move(io)};
    boost::system::error_code error;
    acceptor.open(Local{}, error);
    if (!error) {
        // Nobody can connect before listen(), so the mode is right from the first connection on.
        acceptor.bind(Local::endpoint{path}, error);
    }
    if (!error) {
        give_to_group(path);
        if (::chmod(path.c_str(), 0660) != 0) {
            error.assign(errno, boost::system::system_category());
        }
    }
    if (!error) {
        acceptor.listen(asio::socket_base::max_listen_connections, error);
    }
    if (error) {
        return fail(ErrorCode::unavailable, "control socket " + path + ": " + error.message());
    }
    return acceptor;
}

std::string address_of(const tcp::acceptor& acceptor) {
    boost::system::error_code error;
    const tcp::endpoint end = acceptor.local_endpoint(error);
    const std::string ip = end.address().to_string();
    return (end.address().is_v6() ? "[" + ip + "]" : ip) + ":" + std::to_string(end.port());
}

}  // namespace tided::daemon
