#include "tests/support/scripted_server.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <mutex>
#include <thread>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

namespace tided::testing {

namespace {

std::mutex records;  // guards every server's list of requests

int listen_on_loopback() {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        std::abort();
    }
    return fd;
}

std::uint16_t port_of(int fd) {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
    return ntohs(address.sin_port);
}

/// The length a request's Content-Length announces.
std::size_t body_length(std::string_view head) {
    constexpr std::string_view name = "Content-Length: ";
    const auto at = head.find(name);
    return at == std::string_view::npos
               ? 0
               : static_cast<std::size_t>(std::atoll(head.data() + at + name.size()));
}

}  // namespace

Peer::Peer(int fd, int stop, std::vector<std::string>& requests)
    : fd_(fd), stop_(stop), requests_(&requests) {}

bool Peer::wait_readable() const {
    std::array<pollfd, 2> both{pollfd{fd_, POLLIN, 0}, pollfd{stop_, POLLIN, 0}};
    ::poll(both.data(), both.size(), -1);
    return both[1].revents == 0;
}

std::string Peer::read_request() {
    std::array<char, 4096> buffer{};
    while (true) {
        const auto end = rest_.find("\r\n\r\n");
        if (end != std::string::npos) {
            const auto whole = end + 4 + body_length(std::string_view(rest_).substr(0, end + 2));
            if (rest_.size() >= whole) {
                std::string request = rest_.substr(0, whole);
                rest_.erase(0, whole);
                const std::lock_guard lock(records);
                requests_->push_back(request);
                return request;
            }
        }
        const auto got = wait_readable() ? ::recv(fd_, buffer.data(), buffer.size(), 0) : 0;
        if (got <= 0) {
            return "";
        }
        rest_.append(buffer.data(), static_cast<std::size_t>(got));
    }
}

bool Peer::is_alive() const {
    pollfd stop{stop_, POLLIN, 0};
    return ::poll(&stop, 1, 0) == 0;
}

bool Peer::write(std::string_view bytes) {
    while (!bytes.empty()) {
        std::array<pollfd, 2> both{pollfd{fd_, POLLOUT, 0}, pollfd{stop_, POLLIN, 0}};
        ::poll(both.data(), both.size(), -1);
        const auto sent =
            both[1].revents != 0
                ? -1
                : ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0) {
            return false;
        }
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

void Peer::wait_for_close() {
    std::array<char, 4096> buffer{};
    while (wait_readable() && ::recv(fd_, buffer.data(), buffer.size(), 0) > 0) {
    }
}

void Peer::reset() {
    const linger hard{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
}

struct ScriptedServer::Impl {
    void serve(int fd, std::size_t rank) {
        Peer peer(fd, stop, requests);
        script(peer, rank);
        ::close(fd);
    }

    void accept_all() {
        std::vector<std::thread> threads;
        while (true) {
            std::array<pollfd, 2> both{pollfd{listener, POLLIN, 0}, pollfd{stop, POLLIN, 0}};
            ::poll(both.data(), both.size(), -1);
            if (both[1].revents != 0) {
                break;
            }
            const int fd = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
            const std::size_t rank = accepted++;
            threads.emplace_back([this, fd, rank] { serve(fd, rank); });
        }
        for (auto& one : threads) {
            one.join();
        }
    }

    Script script;
    int listener = -1;
    int stop = -1;
    std::atomic<std::size_t> accepted{0};
    std::vector<std::string> requests;
    std::thread thread;
};

ScriptedServer::ScriptedServer(Script script) : impl_(std::make_unique<Impl>()) {
    impl_->script = std::move(script);
    impl_->listener = listen_on_loopback();
    ::listen(impl_->listener, 64);
    impl_->stop = ::eventfd(0, EFD_CLOEXEC);
    impl_->thread = std::thread([impl = impl_.get()] { impl->accept_all(); });
}

ScriptedServer::~ScriptedServer() {
    ::eventfd_write(impl_->stop, 1);
    impl_->thread.join();
    ::close(impl_->listener);
    ::close(impl_->stop);
}

std::uint16_t ScriptedServer::port() const {
    return port_of(impl_->listener);
}

std::string ScriptedServer::address() const {
    return "127.0.0.1:" + std::to_string(port());
}

std::string ScriptedServer::url(std::string_view path) const {
    return "http://" + address() + std::string(path);
}

std::size_t ScriptedServer::connections() const {
    return impl_->accepted;
}

std::vector<std::string> ScriptedServer::requests() const {
    const std::lock_guard lock(records);
    return impl_->requests;
}

std::string answer(int status, std::string_view body, std::string_view headers) {
    return "HTTP/1.1 " + std::to_string(status) + " Text\r\n" + std::string(headers) +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

std::uint16_t closed_port() {
    const int fd = listen_on_loopback();
    const auto port = port_of(fd);
    ::close(fd);
    return port;
}

}  // namespace tided::testing
