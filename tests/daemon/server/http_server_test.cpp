// HttpServer over loopback: framing, limits, Host, the control socket, shutdown.
#include "daemon/server/http_server.h"

#include <filesystem>
#include <fstream>

#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/steady_timer.hpp>
#include <doctest/doctest.h>

#include "daemon/server/checks.h"
#include "tests/support/raw_http.h"
#include "tests/support/run_awaitable.h"
#include "tests/support/temporary_directory.h"

namespace tided::daemon {
namespace {

namespace asio = boost::asio;
using testing::exchange;
using testing::exchange_local;
using testing::RawTcp;
using testing::run;
using testing::TemporaryDirectory;
using testing::without_date;

/// A server whose handler answers "METHOD TARGET peer body" and knows a few special paths.
struct Rig {
    explicit Rig(HttpLimits limits = {}, config::Listener listener = loopback()) {
        auto made = HttpServer::listen(
            io.get_executor(),
            listener,
            home / "control.sock",
            [this](HttpRequest request) { return answer(std::move(request)); },
            limits);
        if (!made) {
            FAIL(made.error().message);
        }
        server = std::move(*made);
    }

    static config::Listener loopback() {
        config::Listener listener;
        listener.addresses = {"127.0.0.1:0"};
        return listener;
    }

    asio::awaitable<HttpReply> answer(HttpRequest request) {
        seen.push_back(request);
        if (request.target == "/throw") {
            throw std::runtime_error{"a bug"};
        }
        HttpReply reply{.content_type = "text/plain"};
        if (request.target == "/chunks") {
            reply.chunks = [n = 0]() mutable {
                ++n;
                return n > 3 ? std::string{} : "chunk " + std::to_string(n) + "\n";
            };
            co_return reply;
        }
        if (request.target == "/slow") {
            asio::steady_timer gate{io, std::chrono::steady_clock::time_point::max()};
            slow = &gate;
            co_await gate.async_wait(asio::as_tuple(asio::use_awaitable));
            slow = nullptr;
        }
        reply.body = request.method + " " + request.target + " " + request.body;
        co_return reply;
    }

    std::string ask(const std::string& bytes) {
        return without_date(run(io, exchange(io, server->addresses().at(0), bytes)));
    }
    std::string ask_control(const std::string& bytes) {
        return without_date(run(io, exchange_local(io, home / "control.sock", bytes)));
    }

    TemporaryDirectory home;
    asio::io_context io;
    std::vector<HttpRequest> seen;
    asio::steady_timer* slow = nullptr;
    std::unique_ptr<HttpServer> server;
};

std::string ok(const std::string& body, const std::string& more = "") {
    return "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nCache-Control: no-store\r\n"
           "X-Content-Type-Options: nosniff\r\nContent-Length: " +
           std::to_string(body.size()) + "\r\n" + more + "\r\n" + body;
}

std::string refused(const std::string& status, const std::string& sentence) {
    const std::string body = "{\"error\":\"" + sentence + "\"}\n";
    return "HTTP/1.1 " + status +
           "\r\nContent-Type: application/json\r\nCache-Control: no-store\r\n"
           "X-Content-Type-Options: nosniff\r\nContent-Length: " +
           std::to_string(body.size()) + "\r\nConnection: close\r\n\r\n" + body;
}

const std::string bye = "Connection: close\r\n";

TEST_CASE("a request is answered, whole") {
    Rig rig;
    CHECK(rig.ask("GET /x?y=1 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n") ==
          ok("GET /x?y=1 ", bye));
    REQUIRE(rig.seen.size() == 1);
    CHECK(rig.seen[0].peer.starts_with("127.0.0.1:"));
    CHECK_FALSE(rig.seen[0].control);
    CHECK_FALSE(rig.seen[0].authorised);
}

TEST_CASE("a body arrives, with a length and in chunks") {
    Rig rig;
    CHECK(rig.ask("POST / HTTP/1.1\r\nHost: [::1]:80\r\nContent-Type: a/b\r\nContent-Length: 5\r\n"
                  "Connection: close\r\n\r\nhello") == ok("POST / hello", bye));
    CHECK(rig.seen.back().content_type == "a/b");
    CHECK(rig.ask("POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n"
                  "Connection: close\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n") ==
          ok("POST / hello", bye));
}

TEST_CASE("Expect: 100-continue is granted") {
    Rig rig;
    const auto talk = [&]() -> asio::awaitable<std::string> {
        RawTcp peer{rig.io};
        co_await peer.connect(testing::endpoint_of(rig.server->addresses().at(0)));
        co_await peer.send(
            "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n"
            "Expect: 100-continue\r\nConnection: close\r\n\r\n");
        std::string all = co_await peer.read_until("\r\n\r\n");
        co_await peer.send("hi");
        all += co_await peer.read_all();
        co_return all;
    };
    CHECK(without_date(run(rig.io, talk())) ==
          "HTTP/1.1 100 Continue\r\n\r\n" + ok("POST / hi", bye));
}

TEST_CASE("one connection carries several requests, pipelined too") {
    Rig rig;
    std::string both = rig.ask(
        "GET /1 HTTP/1.1\r\nHost: localhost\r\n\r\n"
        "GET /2 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    CHECK(without_date(both) == ok("GET /1 ") + ok("GET /2 ", bye));
}

TEST_CASE("HEAD has a head only") {
    Rig rig;
    std::string expected = ok("HEAD /x ", bye);
    expected.resize(expected.find("HEAD"));
    CHECK(rig.ask("HEAD /x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n") == expected);
}

TEST_CASE("chunks are framed for HTTP/1.1 and end the connection for HTTP/1.0") {
    Rig rig;
    const std::string head =
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nCache-Control: no-store\r\n"
        "X-Content-Type-Options: nosniff\r\n";
    CHECK(rig.ask("GET /chunks HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n") ==
          head + "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n" +
              "8\r\nchunk 1\n\r\n8\r\nchunk 2\n\r\n8\r\nchunk 3\n\r\n0\r\n\r\n");
    CHECK(rig.ask("GET /chunks HTTP/1.0\r\n\r\n") ==
          head + "Connection: close\r\n\r\nchunk 1\nchunk 2\nchunk 3\n");
}

TEST_CASE("HTTP/1.0 closes unless asked to keep the connection") {
    Rig rig;
    CHECK(rig.ask("GET / HTTP/1.0\r\n\r\n") == ok("GET / ", bye));
    const std::string both =
        rig.ask("GET /1 HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /2 HTTP/1.0\r\n\r\n");
    CHECK(without_date(both) == ok("GET /1 ", "Connection: keep-alive\r\n") + ok("GET /2 ", bye));
}

TEST_CASE("what is no HTTP is refused") {
    Rig rig;
    CHECK(rig.ask("hello\r\n\r\n") ==
          refused("400 Bad Request", "the request is not HTTP/1.1: bad method"));
    CHECK(rig.ask("GET / HTTP/1.1\r\nHost localhost\r\n\r\n").starts_with("HTTP/1.1 400 "));
    CHECK(rig.ask("GET / HTTP/1.1\r\nConnection: close\r\n\r\n") ==
          refused("400 Bad Request", "the Host header is missing"));
    CHECK(rig.seen.empty());
}

TEST_CASE("too large a header or body is refused before it is read") {
    HttpLimits limits;
    limits.header = 200;
    limits.body = 10;
    Rig rig{limits};
    CHECK(rig.ask("GET /" + std::string(300, 'a') + " HTTP/1.1\r\nHost: localhost\r\n\r\n") ==
          refused("431 Request Header Fields Too Large", "the header is larger than 200 bytes"));
    CHECK(rig.ask("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 11\r\n\r\n") ==
          refused("413 Payload Too Large", "the body is larger than 10 bytes"));
    CHECK(rig.seen.empty());
}

TEST_CASE("a foreign Host is not answered on TCP") {
    config::Listener listener = Rig::loopback();
    listener.hosts = {"tided.example"};
    Rig rig{{}, listener};
    const auto ask = [&](const std::string& host) {
        return rig.ask("GET / HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n");
    };
    CHECK(ask("evil.example") ==
          refused("421 Misdirected Request",
                  R"(this server does not answer for \"evil.example\": ask by address, or list )"
                  "the name under hosts"));
    CHECK(rig.seen.empty());
    CHECK(ask("TIDED.example:9119").starts_with("HTTP/1.1 200 "));
    CHECK(ask("127.0.0.1").starts_with("HTTP/1.1 200 "));
}

TEST_CASE("the control socket: mode, peer, authority") {
    Rig rig;
    struct stat found {};
    REQUIRE(::stat((rig.home / "control.sock").c_str(), &found) == 0);
    CHECK((found.st_mode & 07777) == 0660);
    CHECK(rig.ask_control("GET / HTTP/1.1\r\nHost: anything\r\nConnection: close\r\n\r\n") ==
          ok("GET / ", bye));
    REQUIRE(rig.seen.size() == 1);
    CHECK(rig.seen[0].control);
    CHECK(rig.seen[0].authorised);
    CHECK(rig.seen[0].peer == peer_of(::getuid()));
}

std::string listen_error(const std::string& address, const std::string& socket) {
    asio::io_context io;
    config::Listener listener;
    listener.addresses.clear();
    if (!address.empty()) {
        listener.addresses = {address};
    }
    const auto server = HttpServer::listen(io.get_executor(), listener, socket, {});
    return server ? "listens" : server.error().message;
}

TEST_CASE("a control socket in the way: stale is replaced, anything else refused") {
    const TemporaryDirectory home;
    const std::string path = home / "control.sock";
    {
        asio::io_context io;
        asio::local::stream_protocol::acceptor left{io,
                                                    asio::local::stream_protocol::endpoint{path}};
    }
    REQUIRE(std::filesystem::exists(path));
    CHECK(listen_error("", path) == "listens");
    CHECK_FALSE(std::filesystem::exists(path));
    {
        asio::io_context io;
        asio::local::stream_protocol::acceptor live{io,
                                                    asio::local::stream_protocol::endpoint{path}};
        CHECK(listen_error("", path) ==
              "control socket " + path + ": another process listens on it");
    }
    std::filesystem::remove(path);
    std::ofstream{path} << "x";
    CHECK(listen_error("", path) ==
          "control socket " + path + ": a file that is no socket is in its place");
    CHECK(listen_error("", home / "none/control.sock") ==
          "control socket " + (home / "none/control.sock") + ": the directory " + (home / "none/") +
              " does not exist");
    const std::string deep = home / std::string(120, 'x');
    CHECK(listen_error("", deep) ==
          "control socket " + deep + ": the path is longer than 107 bytes");
}

TEST_CASE("an address that cannot be listened on is named") {
    for (const char* address : {"127.0.0.1", "127.0.0.1:", "127.0.0.1:70000", "::1:80", "web:80"}) {
        CHECK(listen_error(address, "") ==
              "listen address \"" + std::string{address} +
                  "\" is no IP:PORT such as 127.0.0.1:9119 or [::1]:9119");
    }
    const Rig rig;
    const std::string taken = rig.server->addresses().at(0);
    CHECK(listen_error(taken, "") == "listening on " + taken + ": Address already in use");
}

TEST_CASE("IPv6 and several addresses") {
    config::Listener listener;
    listener.addresses = {"127.0.0.1:0", "[::1]:0"};
    Rig rig{{}, listener};
    const auto addresses = rig.server->addresses();
    REQUIRE(addresses.size() == 2);
    CHECK(addresses[1].starts_with("[::1]:"));
    const std::string answer = run(
        rig.io,
        exchange(
            rig.io, addresses[1], "GET / HTTP/1.1\r\nHost: [::1]\r\nConnection: close\r\n\r\n"));
    CHECK(answer.starts_with("HTTP/1.1 200 OK\r\n"));
    CHECK(rig.seen.at(0).peer.starts_with("[::1]:"));
}

TEST_CASE("a handler's exception is an internal error, the server goes on") {
    Rig rig;
    CHECK(rig.ask("GET /throw HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
              .starts_with("HTTP/1.1 500 Internal Server Error\r\n"));
    CHECK(rig.ask("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n") ==
          ok("GET / ", bye));
}

TEST_CASE("a request that trickles in is given up") {
    HttpLimits limits;
    limits.read = std::chrono::milliseconds{20};
    Rig rig{limits};
    CHECK(rig.ask("GET / HTTP/1.1\r\nHost: loc") ==
          refused("408 Request Timeout", "the request took too long to arrive"));
    CHECK(rig.seen.empty());
}

TEST_CASE("an idle connection is closed without a word") {
    HttpLimits limits;
    limits.idle = std::chrono::milliseconds{20};
    Rig rig{limits};
    CHECK(rig.ask("") == "");
    CHECK(rig.ask("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n") == ok("GET / "));
}

TEST_CASE("past the limit the longest idle connection goes, busy ones stay") {
    HttpLimits limits;
    limits.connections = 2;
    Rig rig{limits};
    const auto talk = [&]() -> asio::awaitable<std::string> {
        const auto end = testing::endpoint_of(rig.server->addresses().at(0));
        const std::string request = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
        RawTcp oldest{rig.io};
        RawTcp younger{rig.io};
        RawTcp newest{rig.io};
        co_await oldest.connect(end);
        co_await oldest.send(request);
        co_await oldest.read_until("GET / ");
        co_await younger.connect(end);
        co_await younger.send(request);
        co_await younger.read_until("GET / ");
        co_await newest.connect(end);
        co_await newest.send(request);
        std::string story = co_await newest.read_until("GET / ") == "" ? "" : "newest answered, ";
        story += co_await oldest.read_all() == "" ? "oldest closed, " : "";
        co_await younger.send(request);
        story += co_await younger.read_until("GET / ") == "" ? "" : "younger answered";
        co_return story;
    };
    CHECK(run(rig.io, talk()) == "newest answered, oldest closed, younger answered");
}

TEST_CASE("close ends idle connections at once and lets an answer finish") {
    Rig rig;
    const auto talk = [&]() -> asio::awaitable<std::string> {
        const auto end = testing::endpoint_of(rig.server->addresses().at(0));
        RawTcp idle{rig.io};
        RawTcp busy{rig.io};
        co_await idle.connect(end);
        co_await idle.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
        co_await idle.read_until("GET / ");
        co_await busy.connect(end);
        co_await busy.send("GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n");
        while (rig.slow == nullptr) {
            co_await asio::post(rig.io, asio::use_awaitable);
        }
        asio::steady_timer later{rig.io, std::chrono::milliseconds{1}};
        later.async_wait([&](boost::system::error_code) { rig.slow->cancel(); });
        co_await rig.server->close(
            {.at = std::chrono::steady_clock::now() + std::chrono::seconds{5}});
        std::string story = co_await idle.read_all() == "" ? "idle closed, " : "";
        story += (co_await busy.read_all()).ends_with("GET /slow ") ? "busy answered" : "";
        co_return story;
    };
    CHECK(run(rig.io, talk()) == "idle closed, busy answered");
    CHECK_FALSE(std::filesystem::exists(rig.home / "control.sock"));
}

TEST_CASE("close gives up at its deadline") {
    Rig rig;
    const auto talk = [&]() -> asio::awaitable<std::string> {
        RawTcp busy{rig.io};
        co_await busy.connect(testing::endpoint_of(rig.server->addresses().at(0)));
        co_await busy.send("GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n");
        while (rig.slow == nullptr) {
            co_await asio::post(rig.io, asio::use_awaitable);
        }
        co_await rig.server->close({.at = std::chrono::steady_clock::now()});
        const std::string rest = co_await busy.read_all();
        rig.slow->cancel();
        co_return rest;
    };
    CHECK(run(rig.io, talk()) == "");
}

}  // namespace
}  // namespace tided::daemon
