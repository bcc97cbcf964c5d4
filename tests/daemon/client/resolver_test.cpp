// Names -> addresses, against a name server of our own on loopback.
#include "daemon/client/resolver.h"

#include <array>
#include <atomic>
#include <chrono>
#include <map>
#include <thread>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include "tests/daemon/session_rig.h"

namespace tided::daemon {

namespace {

using testing::in;
using testing::plenty;
using testing::run;

/// The data of one resource record, RFC 1035.
std::string srv_data(char port, const std::string& host) {
    return std::string("\0\1\0\1\0", 5) + port + static_cast<char>(host.size()) + host +
           std::string("\4test\0", 6);
}

/// Answers for the names it knows, says "no such name" to others, fails for "broken.test", cuts
/// its answer for "cut.test", and says nothing at all to "silent.test".
class NameServer {
public:
    NameServer()
        : socket_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)),
          stop_(::eventfd(0, EFD_CLOEXEC)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        ::bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address);
        thread_ = std::thread([this] { serve(); });
    }
    ~NameServer() {
        ::eventfd_write(stop_, 1);
        thread_.join();
        ::close(socket_);
        ::close(stop_);
    }
    NameServer(const NameServer&) = delete;
    NameServer& operator=(const NameServer&) = delete;

    [[nodiscard]] std::string address() const {
        sockaddr_in bound{};
        socklen_t size = sizeof bound;
        ::getsockname(socket_, reinterpret_cast<sockaddr*>(&bound), &size);
        return "127.0.0.1:" + std::to_string(ntohs(bound.sin_port));
    }
    [[nodiscard]] int questions() const { return questions_; }

private:
    void serve() {
        while (true) {
            std::array<pollfd, 2> both{pollfd{socket_, POLLIN, 0}, pollfd{stop_, POLLIN, 0}};
            ::poll(both.data(), both.size(), -1);
            if (both[1].revents != 0) {
                return;
            }
            std::array<char, 512> buffer{};
            sockaddr_in from{};
            socklen_t size = sizeof from;
            const auto got = ::recvfrom(socket_,
                                        buffer.data(),
                                        buffer.size(),
                                        0,
                                        reinterpret_cast<sockaddr*>(&from),
                                        &size);
            const std::string reply = answer({buffer.data(), static_cast<std::size_t>(got)});
            if (!reply.empty()) {
                ::sendto(socket_,
                         reply.data(),
                         reply.size(),
                         0,
                         reinterpret_cast<const sockaddr*>(&from),
                         size);
            }
        }
    }

    /// RFC 1035: header of 12 bytes, the question repeated, at most one answer.
    std::string answer(std::string question) {
        std::string name;
        std::size_t at = 12;
        while (question[at] != 0) {
            const auto length = static_cast<std::size_t>(question[at]);
            name += (name.empty() ? "" : ".") + question.substr(at + 1, length);
            at += length + 1;
        }
        const char type = question[at + 2];
        question.resize(at + 5);
        questions_ += type == 1 ? 1 : 0;
        if (name == "silent.test") {
            return "";
        }
        const std::vector<std::string> records = records_of(name, type);
        const bool known = name == "web.test" || name == "cut.test" || !records.empty();
        const char code = name == "broken.test" ? '\x82' : known ? '\x80' : '\x83';
        std::string reply = question.substr(0, 2) + "\x81" + code;
        reply += std::string("\0\1\0", 3) + static_cast<char>(records.size());
        reply += std::string(4, '\0') + question.substr(12);
        for (const std::string& data : records) {
            reply += std::string("\xc0\x0c\0", 3) + type + std::string("\0\1\0\0\0\x1e\0", 7) +
                     static_cast<char>(data.size()) + data;
        }
        return name == "cut.test" ? reply.substr(0, reply.size() - 3) : reply;
    }

    static std::vector<std::string> records_of(const std::string& name, char type) {
        if (name == "web.test" && type == 1) {
            return {std::string("\x7f\0\0\x05", 4)};
        }
        if (name == "cut.test") {
            return {std::string("\x7f\0\0\x06", 4)};
        }
        if (name == "six.test" && type == 28) {
            return {std::string(15, '\0') + '\1', std::string(15, '\0') + '\2'};
        }
        if (name == "_m._tcp.web.test" && type == 33) {
            return {srv_data(80, "one"), srv_data(81, "two")};
        }
        return {};
    }

    int socket_;
    int stop_;
    std::atomic<int> questions_{0};
    std::thread thread_;
};

struct Rig {
    Result<Addresses> resolve(std::string host, Duration span = plenty) {
        return run(io, resolver.resolve(std::move(host), in(span)));
    }

    /// "HOST:PORT ..." or the error.
    std::string look_up(const std::string& name,
                        metrics::DnsSdSpec::Type type,
                        Duration span = plenty) {
        const auto records = run(io, resolver.look_up(name, type, in(span)));
        std::string text = records ? "" : records.error().message;
        for (std::size_t i = 0; records && i < records->size(); ++i) {
            text +=
                (i == 0 ? "" : " ") + (*records)[i].host + ":" + std::to_string((*records)[i].port);
        }
        return text;
    }

    NameServer server;
    boost::asio::io_context io;
    Resolver resolver{io.get_executor(),
                      {.servers = server.address(), .timeout = plenty, .tries = 1}};
};

}  // namespace

TEST_CASE("resolver: a name is asked for once within its time to live") {
    Rig rig;
    for (int i = 0; i < 3; ++i) {
        const auto found = rig.resolve("web.test");
        REQUIRE_MESSAGE(found.has_value(), found.error().message);
        REQUIRE(found->size() == 1);
        CHECK(found->front().to_string() == "127.0.0.5");
    }
    CHECK(rig.server.questions() == 1);
}

TEST_CASE("resolver: literals, localhost and /etc/hosts ask no server") {
    Rig rig;
    CHECK(rig.resolve("192.0.2.1")->front().to_string() == "192.0.2.1");
    CHECK(rig.resolve("::1")->front().to_string() == "::1");
    CHECK(rig.resolve("localhost")->front().to_string() == "127.0.0.1");
    CHECK(rig.server.questions() == 0);
}

TEST_CASE("resolver: no such name, no answer in time, nobody listens") {
    Rig rig;
    const auto unknown = rig.resolve("nowhere.test");
    REQUIRE(!unknown.has_value());
    CHECK(unknown.error().code == ErrorCode::not_found);
    CHECK(unknown.error().message == "resolving nowhere.test: no such host");
    const auto silent = rig.resolve("silent.test", Duration{50});
    REQUIRE(!silent.has_value());
    CHECK(silent.error().code == ErrorCode::timed_out);
    CHECK(silent.error().message == "resolving silent.test: timed out");
    // The question goes on for others; the one who left is not told.
    CHECK(rig.resolve("web.test").has_value());
}

TEST_CASE("resolver: records of a name; none is an answer") {
    using Type = metrics::DnsSdSpec::Type;
    Rig rig;
    CHECK(rig.look_up("_m._tcp.web.test", Type::srv) == "one.test:80 two.test:81");
    CHECK(rig.look_up("web.test", Type::a) == "127.0.0.5:0");
    CHECK(rig.look_up("six.test", Type::aaaa) == "::1:0 ::2:0");
    CHECK(rig.look_up("web.test", Type::srv).empty());
    CHECK(rig.look_up("nowhere.test", Type::a).empty());
}

TEST_CASE("resolver: failing, silent and broken name servers are no answer") {
    using Type = metrics::DnsSdSpec::Type;
    Rig rig;
    CHECK(rig.look_up("broken.test", Type::a) ==
          "resolving broken.test: no name server gives an answer");
    CHECK(rig.look_up("silent.test", Type::a, Duration{50}) == "resolving silent.test: timed out");
    CHECK(rig.look_up("cut.test", Type::a) ==
          "resolving cut.test: the answer cannot be read: Misformatted DNS reply");
    CHECK(rig.look_up("web.test", Type::a) == "127.0.0.5:0");
}

}  // namespace tided::daemon
