// loopback: one connection per question, read until the other side closes it.
#include "daemon/demo/loopback.h"

#include <cstring>

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

namespace demo {
namespace {

/// Everything up to the end of the stream or of patience.
std::string read_all(int socket) {
    std::string text;
    char buffer[8192];
    for (ssize_t got = 1; got > 0;) {
        got = ::recv(socket, buffer, sizeof buffer, 0);
        text.append(buffer, got > 0 ? static_cast<std::size_t>(got) : 0);
        const std::size_t head = text.find("\r\n\r\n");
        const std::size_t length = text.find("Content-Length: ");
        if (head != std::string::npos && length < head) {
            const std::size_t wanted = std::stoul(text.substr(length + 16));
            if (text.size() >= head + 4 + wanted) {
                break;
            }
        }
    }
    return text;
}

}  // namespace

int connect_loopback(std::uint16_t port) {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    sockaddr generic{};
    std::memcpy(&generic, &address, sizeof generic);
    if (::connect(socket, &generic, sizeof generic) != 0) {
        ::close(socket);
        return -1;
    }
    return socket;
}

std::optional<std::string> get(std::uint16_t port,
                               const std::string& path,
                               std::chrono::milliseconds patience) {
    const int socket = connect_loopback(port);
    if (socket < 0) {
        return std::nullopt;
    }
    const timeval limit{.tv_sec = patience.count() / 1000,
                        .tv_usec = patience.count() % 1000 * 1000};
    ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    const std::string request = "GET " + path +
                                " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(port) +
                                "\r\nConnection: close\r\n\r\n";
    const bool sent = ::send(socket, request.data(), request.size(), MSG_NOSIGNAL) ==
                      static_cast<ssize_t>(request.size());
    const std::string answer = sent ? read_all(socket) : "";
    ::close(socket);
    const std::size_t head = answer.find("\r\n\r\n");
    if (!answer.starts_with("HTTP/1.1 2") || head == std::string::npos) {
        return std::nullopt;
    }
    return answer.substr(head + 4);
}

}  // namespace demo
