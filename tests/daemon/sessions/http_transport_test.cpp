// The session's two ports over plain HTTP against a scripted server: what comes back, what is
// refused, what is retried, and what each failure says.
#include <array>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <sys/socket.h>
#include <sys/stat.h>

#include <doctest/doctest.h>

#include "tests/daemon/session_rig.h"
#include "tests/support/scripted_server.h"
#include "tests/support/temporary_directory.h"

namespace tided::daemon {

namespace {

using testing::answer;
using testing::Peer;
using testing::ScriptedServer;
using testing::without_duration;
using Rig = testing::SessionRig;

void serve_forever(Peer& peer, const std::string& reply) {
    while (!peer.read_request().empty() && peer.write(reply)) {
    }
}

actuators::Request put(std::string path) {
    actuators::Request request;
    request.method = "PUT";
    request.path = std::move(path);
    request.content_type = "text/plain";
    request.body = "x";
    return request;
}

}  // namespace

TEST_CASE("get: a page comes back whole, over one kept connection") {
    ScriptedServer server([](Peer& peer, std::size_t) {
        serve_forever(peer, answer(200, "up 1\n", "Content-Type: text/plain; version=0.0.4\r\n"));
    });
    Rig rig;
    for (int i = 0; i < 3; ++i) {
        const auto page = rig.get(server.url("/metrics"));
        REQUIRE(page.has_value());
        CHECK(page->status == 200);
        CHECK(page->content_type == "text/plain; version=0.0.4");
        CHECK(page->body == "up 1\n");
    }
    CHECK(server.connections() == 1);
    CHECK(server.requests().at(0) == "GET /metrics HTTP/1.1\r\nHost: " + server.address() +
                                         "\r\nUser-Agent: tided/0.1.0\r\n"
                                         "Accept-Encoding: gzip\r\n\r\n");
}

TEST_CASE("get: what goes wrong is said in one sentence") {
    struct Row {
        const char* name;
        const char* reply;
        ErrorCode code;
        const char* message;  // after "ADDRESS: "
    };
    const Row rows[] = {
        {"nothing", "", ErrorCode::unavailable, "the connection was closed before an answer came"},
        {"cut body",
         "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n1234567890",
         ErrorCode::corrupt,
         "the answer ended after 10 of 500 bytes"},
        {"cut head",
         "HTTP/1.1 200 OK\r\nConte",
         ErrorCode::corrupt,
         "the answer ended within its headers"},
        {"cut chunks",
         "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
         ErrorCode::corrupt,
         "the answer ended after 5 bytes, before its last chunk"},
        {"ssh",
         "SSH-2.0-OpenSSH_9.2\r\n",
         ErrorCode::corrupt,
         "the answer is not HTTP; it begins with \"SSH-2.0-OpenSSH_9.2\""},
        {"long",
         "HTTP/1.1 200 OK\r\nContent-Length: 3000\r\n\r\n",
         ErrorCode::invalid_input,
         "the answer is larger than the limit of 2000 bytes"},
    };
    for (const Row& row : rows) {
        INFO(row.name);
        ScriptedServer server([&row](Peer& peer, std::size_t) {
            peer.read_request();
            peer.write(row.reply);
        });
        config::HttpOptions options;
        options.body_limit = 2000;
        Rig rig(options);
        const auto page = rig.get(server.url("/metrics"));
        REQUIRE(!page.has_value());
        CHECK(page.error().code == row.code);
        CHECK(page.error().message == server.address() + ": " + row.message);
        CHECK(page.error().effect == Effect::unknown);
    }
}

TEST_CASE("get: nobody listens") {
    Rig rig;
    const std::string address = "127.0.0.1:" + std::to_string(testing::closed_port());
    const auto page = rig.get("http://" + address + "/metrics");
    REQUIRE(!page.has_value());
    CHECK(page.error().code == ErrorCode::unavailable);
    CHECK(page.error().message == "connecting to " + address + ": connection refused");
    CHECK(page.error().effect == Effect::none);
}

TEST_CASE("get: a silent peer is left at the deadline") {
    ScriptedServer server([](Peer& peer, std::size_t) { peer.wait_for_close(); });
    Rig rig;
    const auto page = rig.get(server.url("/metrics"), Duration{50});
    REQUIRE(!page.has_value());
    CHECK(page.error().code == ErrorCode::timed_out);
    CHECK(without_duration(page.error()) == server.address() + ": no answer, timed out after ");
    CHECK(page.error().effect == Effect::unknown);
}

TEST_CASE("get: a kept connection that the peer closed is replaced without a word") {
    ScriptedServer server([](Peer& peer, std::size_t) {
        peer.read_request();
        peer.write(answer(200, "once"));
    });
    Rig rig;
    for (int i = 0; i < 3; ++i) {
        const auto page = rig.get(server.url("/"));
        REQUIRE(page.has_value());
        CHECK(page->body == "once");
    }
    CHECK(server.connections() == 3);
}

TEST_CASE("send: a change that left is never sent twice") {
    ScriptedServer server([](Peer& peer, std::size_t) {
        peer.read_request();
        peer.write(answer(200, "fine"));
        peer.read_request();  // the second request is taken, then the connection drops
    });
    config::HttpOptions options;
    options.url = server.url("/base/");
    Rig rig(options);
    CHECK(rig.send(put("/a"))->body == "fine");
    const auto second = rig.send(put("/b"));
    REQUIRE(!second.has_value());
    CHECK(second.error().code == ErrorCode::unavailable);
    CHECK(second.error().effect == Effect::unknown);
    CHECK(server.connections() == 1);
    CHECK(server.requests().at(1).starts_with("PUT /base/b HTTP/1.1\r\n"));
}

TEST_CASE(
    "send: what does not fit at once arrives whole; what broke off half-way is not sent again") {
    const std::string large(std::size_t{8} * 1024 * 1024, 'x');
    std::atomic<std::size_t> arrived{0};
    ScriptedServer server([&](Peer& peer, std::size_t) {
        const std::string request = peer.read_request();
        arrived = request.size() - request.find("\r\n\r\n") - 4;
        peer.write(answer(200, request.ends_with(std::string(1000, 'x') + "end") ? "whole" : "?"));
        std::array<char, 1000> part{};
        CHECK(::recv(peer.fd(), part.data(), part.size(), 0) > 0);
        peer.reset();
    });
    Rig rig;
    actuators::Request request = put(server.url("/large"));
    request.body = large + "end";
    CHECK(rig.send(request)->body == "whole");
    CHECK(arrived == large.size() + 3);
    const auto broken = rig.send(request);
    REQUIRE_FALSE(broken.has_value());
    CHECK(broken.error().code == ErrorCode::unavailable);
    CHECK(broken.error().effect == Effect::unknown);
    CHECK(server.connections() == 1);
}

TEST_CASE("get: endless headers, endless bodies and drips end at a limit or at the deadline") {
    config::HttpOptions options;
    options.body_limit = 10'000;
    ScriptedServer endless([](Peer& peer, std::size_t rank) {
        peer.read_request();
        peer.write(rank == 0 ? "HTTP/1.1 200 OK\r\n\r\n" : "HTTP/1.1 200 OK\r\n");
        while (peer.write(std::string(1000, 'x') + (rank == 0 ? "" : ": y\r\n"))) {
        }
    });
    Rig rig(options);
    CHECK(rig.get(endless.url("/")).error().message ==
          endless.address() + ": the answer is larger than the limit of 10000 bytes");
    CHECK(rig.get(endless.url("/")).error().message ==
          endless.address() + ": the answer's headers are larger than 64kB");
    ScriptedServer interim([](Peer& peer, std::size_t) {
        peer.read_request();
        while (peer.write("HTTP/1.1 100 Continue\r\n\r\n")) {
        }
    });
    CHECK(rig.get(interim.url("/")).error().message ==
          interim.address() + ": the answer's headers are larger than 64kB");
    ScriptedServer hanging([](Peer& peer, std::size_t) {
        peer.read_request();
        peer.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345");
        peer.wait_for_close();
    });
    CHECK(without_duration(rig.get(hanging.url("/"), Duration{50}).error()) ==
          hanging.address() + ": the answer was not complete, timed out after ");
}

TEST_CASE("get: redirects stay at the same scheme, host and port") {
    ScriptedServer server([](Peer& peer, std::size_t) {
        while (true) {
            const auto request = peer.read_request();
            if (request.empty()) {
                return;
            }
            const auto target = request.substr(4, request.find(' ', 4) - 4);
            const std::string to =
                target == "/a"      ? "b?x=1#part"
                : target == "/loop" ? "/loop"
                : target == "/away" ? "http://other.example/x?token=1"
                : target == "/tls"
                    ? "https://" + request.substr(request.find("Host: ") + 6, 9) + "/"
                : target == "/bad" ? "http://[x"
                                   : "";
            peer.write(to.empty() ? answer(200, target)
                                  : answer(302, "moved", "Location: " + to + "\r\n"));
        }
    });
    Rig rig;
    CHECK(rig.get(server.url("/a"))->body == "/b?x=1");
    CHECK(rig.get(server.url("/loop")).error().message ==
          server.address() + ": redirected more than 5 times");
    CHECK(rig.get(server.url("/away")).error().message ==
          server.address() +
              ": the answer redirects to http://other.example:80, which is not followed to another "
              "host; give that address instead");
    CHECK(rig.get(server.url("/tls")).error().message ==
          server.address() +
              ": the answer redirects to https://127.0.0.1:443, which is not followed to another "
              "host; give that address instead");
    CHECK(rig.get(server.url("/bad")).error().message ==
          server.address() + ": the answer redirects to something that is no address");
    actuators::Request request;
    request.path = server.url("/away");
    CHECK(rig.send(request)->status == 302);
}

TEST_CASE("get: a read by POST carries a form; send gives back every header") {
    ScriptedServer server([](Peer& peer, std::size_t) {
        while (!peer.read_request().empty()) {
            peer.write(answer(429, "slow down", "Retry-After: 7\r\n"));
        }
    });
    config::HttpOptions options;
    options.url = server.url("/prefix/");
    options.compression = false;
    Rig rig(options);
    metrics::Get form;
    form.url = "/api/v1/query";
    form.body = "query=up";
    form.accept = "application/json";
    const auto page = testing::run(rig.io, rig.session->get(form, testing::in(testing::plenty)));
    CHECK(page->status == 429);
    CHECK(server.requests().at(0) ==
          "POST /prefix/api/v1/query HTTP/1.1\r\nHost: " + server.address() +
              "\r\nUser-Agent: tided/0.1.0\r\nAccept: application/json\r\n"
              "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 8\r\n\r\n"
              "query=up");
    const auto response = rig.send(put("/x"));
    CHECK(response->status == 429);
    CHECK(response->header("retry-after") == "7");
    actuators::Request away;
    away.path = "http://127.0.0.1:1/";
    CHECK(rig.send(away).error().message ==
          "http://127.0.0.1:1 is not this session's http://" + server.address());
    CHECK(Rig().get("/metrics").error().message ==
          "\"/metrics\" is a path, but this session has no base address");
}

TEST_CASE("auth: bearer and basic from files, read again when they change") {
    testing::TemporaryDirectory directory;
    const std::string path = directory / "token";
    std::ofstream(path) << "hunter2\n";
    ::chmod(path.c_str(), 0600);
    ScriptedServer server([](Peer& peer, std::size_t) { serve_forever(peer, answer(200, "in")); });
    config::HttpOptions options;
    options.auth.bearer = config::SecretRef{.kind = config::SecretRef::Kind::file, .name = path};
    CHECK(Rig(options).get(server.url("/"))->status == 200);
    CHECK(server.requests().at(0).find("\r\nAuthorization: Bearer hunter2\r\n") !=
          std::string::npos);
    options.auth.basic_user = "Aladdin";
    options.auth.basic_password = std::exchange(options.auth.bearer, std::nullopt);
    CHECK(Rig(options).get(server.url("/"))->status == 200);
    CHECK(server.requests().at(1).find("\r\nAuthorization: Basic QWxhZGRpbjpodW50ZXIy\r\n") !=
          std::string::npos);
}

TEST_CASE("auth: no failure repeats the secret") {
    testing::TemporaryDirectory directory;
    const std::string path = directory / "token";
    std::ofstream(path) << "hunter2\nhunter2";
    ::chmod(path.c_str(), 0600);
    config::HttpOptions options;
    options.auth.bearer = config::SecretRef{.kind = config::SecretRef::Kind::file, .name = path};
    Rig rig(options);
    std::vector<std::string> messages{rig.get("http://127.0.0.1:1/").error().message};
    CHECK(messages.back() ==
          "the credentials hold a control character, such as a line end in the middle");
    std::filesystem::resize_file(path, 7);
    ScriptedServer echo([](Peer& peer, std::size_t rank) {
        const auto request = peer.read_request();
        peer.write(rank == 0 ? "x" + request
                   : rank == 1
                       ? "HTTP/1.1 302 x\r\nLocation: http://o/\r\nContent-Length: 0\r\n\r\n"
                       : "");
    });
    Rig fresh(options);
    for (const auto* target : {"/garbage", "/redirect", "/nothing"}) {
        const auto page = fresh.get(echo.url(target));
        REQUIRE(!page.has_value());
        messages.push_back(page.error().message);
    }
    messages.push_back(fresh.get("http://me:hunter2@a/").error().message);
    messages.push_back(fresh.get("http://127.0.0.1:1/").error().message);
    ::chmod(path.c_str(), 0644);
    boost::asio::io_context io;
    messages.push_back(Network(io.get_executor()).open(options).error().message);
    for (const auto& message : messages) {
        CHECK(!message.empty());
        CHECK_MESSAGE(message.find("hunter2") == std::string::npos, message);
    }
}

TEST_CASE("proxy: plain requests in absolute form, tunnels by CONNECT") {
    ScriptedServer proxy([](Peer& peer, std::size_t) {
        while (true) {
            const auto request = peer.read_request();
            if (request.empty()) {
                return;
            }
            peer.write(request.starts_with("CONNECT") ? "HTTP/1.1 403 Forbidden\r\n\r\n"
                                                      : answer(200, "by proxy"));
        }
    });
    config::HttpOptions options;
    options.proxy = proxy.url();
    options.no_proxy = {"127.0.0.0/8"};
    Rig rig(options);
    CHECK(rig.get("http://far.example/x?y")->body == "by proxy");
    CHECK(rig.get("http://farther.example:81/")->body == "by proxy");
    CHECK(proxy.connections() == 1);
    CHECK(proxy.requests().at(0).starts_with(
        "GET http://far.example/x?y HTTP/1.1\r\nHost: far.example\r\n"));
    CHECK(rig.get("https://far.example/").error().message ==
          "the proxy " + proxy.address() + " opens no tunnel to far.example:443: status 403");
    CHECK(proxy.requests().at(2) ==
          "CONNECT far.example:443 HTTP/1.1\r\nHost: far.example:443\r\n"
          "User-Agent: tided/0.1.0\r\n\r\n");
    ScriptedServer direct(
        [](Peer& peer, std::size_t) { serve_forever(peer, answer(200, "direct")); });
    CHECK(rig.get(direct.url("/"))->body == "direct");
    options.proxy = "http://127.0.0.1:" + std::to_string(testing::closed_port());
    options.no_proxy.clear();
    CHECK(Rig(options).get("http://far.example/").error().message ==
          "through the proxy: connecting to " + options.proxy.substr(7) +
              ": connection refused by it");
}

TEST_CASE("read_file: content, limit, absence") {
    testing::TemporaryDirectory directory;
    std::ofstream(directory / "some") << "12345";
    Rig rig;
    CHECK(*rig.session->read_file(directory / "some", 5) == "12345");
    CHECK(rig.session->read_file(directory / "some", 4).error().message ==
          directory / "some" + std::string(" is larger than 4 bytes"));
    CHECK(rig.session->read_file("/no/such", 4).error().message ==
          "reading /no/such: No such file or directory");
    CHECK(rig.session->read_file("/proc/self/stat", 4096).has_value());
}

}  // namespace tided::daemon
