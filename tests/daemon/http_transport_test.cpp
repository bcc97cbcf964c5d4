// The session's two ports over plain HTTP against a scripted server: what comes back, what is
// refused, what is retried, and what each failure says.
#include <chrono>

#include <doctest/doctest.h>

#include "daemon/session.h"
#include "tests/support/run_awaitable.h"
#include "tests/support/scripted_server.h"

namespace tided::daemon {

namespace {

using testing::answer;
using testing::Peer;
using testing::run;
using testing::ScriptedServer;

Deadline in(Duration span) {
    return {.at = std::chrono::steady_clock::now() + span};
}

constexpr Duration plenty = std::chrono::seconds{5};

/// A session, its executor and one call after the other.
struct Rig {
    explicit Rig(config::HttpOptions options = {}) {
        auto opened = network.open(options);
        REQUIRE_MESSAGE(opened.has_value(), (opened ? "" : opened.error().message));
        session = *std::move(opened);
    }

    Result<metrics::Page> get(std::string url, Duration span = plenty) {
        metrics::Get request;
        request.url = std::move(url);
        return run(io, session->get(std::move(request), in(span)));
    }

    Result<actuators::Response> send(actuators::Request request, Duration span = plenty) {
        return run(io, session->send(std::move(request), in(span)));
    }

    boost::asio::io_context io;
    Network network{io.get_executor()};
    std::unique_ptr<Session> session;
};

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
    CHECK(page.error().message == server.address() + ": no answer, timed out after 50ms");
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

}  // namespace tided::daemon
