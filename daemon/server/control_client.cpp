#include "daemon/server/control_client.h"

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <string_view>

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

namespace tided::daemon {
namespace {

constexpr std::size_t most_bytes = 64UL * 1024 * 1024;

/// Closes what it holds.
class Socket {
public:
    explicit Socket(int descriptor) : descriptor_(descriptor) {}
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;
    ~Socket() { ::close(descriptor_); }
    [[nodiscard]] int get() const { return descriptor_; }

private:
    int descriptor_;
};

tl::unexpected<Error> connect_failure(const std::string& path, int error) {
    switch (error) {
        case ENOENT:
            return fail(ErrorCode::not_found,
                        "tided is not running: there is no control socket at " + path +
                            " (another one is named by --socket)");
        case EACCES:
        case EPERM:
            return fail(ErrorCode::forbidden,
                        "no right to use " + path +
                            ": join group tided (usermod -aG tided USER), or use sudo");
        case ECONNREFUSED:
            return fail(ErrorCode::unavailable, "tided is not running: nobody listens on " + path);
        default:
            return fail(ErrorCode::unavailable,
                        "connecting to " + path + ": " + std::strerror(error));
    }
}

tl::unexpected<Error> io_failure(const char* doing, const std::string& path, int error) {
    const bool late = error == EAGAIN || error == EWOULDBLOCK || error == EINPROGRESS;
    return fail(late ? ErrorCode::timed_out : ErrorCode::unavailable,
                std::string{doing} + " " + path + ": " +
                    (late ? "timed out; the daemon may be stuck" : std::strerror(error)));
}

Status set_timeout(int descriptor, Duration timeout) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(timeout);
    const auto rest = std::chrono::duration_cast<std::chrono::microseconds>(timeout - seconds);
    const timeval value{.tv_sec = seconds.count(), .tv_usec = rest.count()};
    for (const int option : {SO_RCVTIMEO, SO_SNDTIMEO}) {
        if (::setsockopt(descriptor, SOL_SOCKET, option, &value, sizeof value) != 0) {
            return fail(ErrorCode::internal, std::string{"setsockopt: "} + std::strerror(errno));
        }
    }
    return {};
}

Status send_all(int descriptor, std::string_view text, const std::string& path) {
    while (!text.empty()) {
        const ssize_t sent = ::send(descriptor, text.data(), text.size(), MSG_NOSIGNAL);
        if (sent < 0 && errno != EINTR) {
            return io_failure("writing to", path, errno);
        }
        text.remove_prefix(sent > 0 ? static_cast<std::size_t>(sent) : 0);
    }
    return {};
}

Result<std::string> read_all(int descriptor, const std::string& path) {
    std::string text;
    std::array<char, 65536> piece{};
    for (;;) {
        const ssize_t got = ::recv(descriptor, piece.data(), piece.size(), 0);
        if (got == 0) {
            return text;
        }
        if (got < 0 && errno != EINTR) {
            return io_failure("reading from", path, errno);
        }
        text.append(piece.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
        if (text.size() > most_bytes) {
            return fail(ErrorCode::unavailable, "the answer of " + path + " does not end");
        }
    }
}

tl::unexpected<Error> cut_short(const std::string& path) {
    return fail(ErrorCode::unavailable, "the answer of " + path + " was cut short");
}

/// Joins the chunks of a chunked body; false when it is not whole.
bool join_chunks(std::string_view text, std::string& body) {
    for (;;) {
        std::size_t size = 0;
        const auto [stop, problem] =
            std::from_chars(text.data(), text.data() + text.size(), size, 16);
        const std::size_t line = text.find("\r\n");
        if (problem != std::errc{} || line == std::string_view::npos) {
            return false;
        }
        text.remove_prefix(line + 2);
        if (size == 0) {
            return true;
        }
        if (text.size() < size + 2) {
            return false;
        }
        body.append(text.substr(0, size));
        text.remove_prefix(size + 2);
    }
}

Result<ControlAnswer> parse_answer(std::string_view text, const std::string& path) {
    const std::size_t end = text.find("\r\n\r\n");
    if (end == std::string_view::npos || !text.starts_with("HTTP/1.1 ") || text.size() < 12) {
        return cut_short(path);
    }
    ControlAnswer answer;
    std::from_chars(text.data() + 9, text.data() + 12, answer.status);
    std::string head{text.substr(0, end)};
    for (char& c : head) {
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    const std::string_view rest = text.substr(end + 4);
    if (head.find("transfer-encoding: chunked") != std::string::npos) {
        return join_chunks(rest, answer.body) ? Result<ControlAnswer>{answer} : cut_short(path);
    }
    std::size_t length = rest.size();
    if (const std::size_t at = head.find("content-length: "); at != std::string::npos) {
        std::from_chars(head.data() + at + 16, head.data() + head.size(), length);
    }
    if (rest.size() < length) {
        return cut_short(path);
    }
    answer.body = rest.substr(0, length);
    return answer;
}

}  // namespace

Result<ControlAnswer> ControlClient::exchange(const std::string& request) const {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (socket_.size() >= sizeof address.sun_path) {
        return fail(ErrorCode::invalid_input,
                    socket_ + " is too long for a socket's name: at most " +
                        std::to_string(sizeof address.sun_path - 1) + " bytes");
    }
    socket_.copy(address.sun_path, socket_.size());
    const Socket socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    if (socket.get() < 0) {
        return fail(ErrorCode::unavailable, std::string{"socket: "} + std::strerror(errno));
    }
    if (Status set = set_timeout(socket.get(), timeout_); !set) {
        return fail(std::move(set).error());
    }
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): the sockets API
    if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        return connect_failure(socket_, errno);
    }
    if (Status sent = send_all(socket.get(), request, socket_); !sent) {
        return fail(std::move(sent).error());
    }
    const Result<std::string> answer = read_all(socket.get(), socket_);
    if (!answer) {
        return fail(answer.error());
    }
    return parse_answer(*answer, socket_);
}

Result<ControlAnswer> ControlClient::get(const std::string& target) const {
    return exchange("GET " + target +
                    " HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\n"
                    "Connection: close\r\n\r\n");
}

Result<ControlAnswer> ControlClient::post(const std::string& target,
                                          const std::string& json) const {
    return exchange("POST " + target +
                    " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                    "Connection: close\r\nContent-Length: " +
                    std::to_string(json.size()) + "\r\n\r\n" + json);
}

}  // namespace tided::daemon
