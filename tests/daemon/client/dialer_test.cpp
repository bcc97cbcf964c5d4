// The ways to a peer that other cases do not take: IPv6, several addresses, a tunnel that opens,
// handshakes in turn, and an answer that swells.
#include "daemon/client/dialer.h"

#include <atomic>
#include <future>

#include <sys/socket.h>
#include <zlib.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <doctest/doctest.h>

#include "daemon/client/http_client.h"
#include "tests/daemon/session_rig.h"
#include "tests/support/certificates.h"
#include "tests/support/scripted_server.h"
#include "tests/support/tls_end.h"

namespace tided::daemon {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using testing::answer;
using testing::certificates;
using testing::Peer;
using testing::ScriptedServer;
using testing::TlsEnd;
using testing::TlsServing;

config::HttpOptions trusting() {
    config::HttpOptions options;
    options.tls.ca =
        config::SecretRef{.kind = config::SecretRef::Kind::file, .name = certificates().ca()};
    return options;
}

const testing::CertificateFiles& local() {
    static const auto files = certificates().issue("dialed", "DNS:localhost,IP:127.0.0.1");
    return files;
}

struct Knocker {
    asio::io_context io;
    std::shared_ptr<NetworkParts> parts = std::make_shared<NetworkParts>(io.get_executor());
    HttpClient client{parts, {}};

    Status knock(const std::string& host, std::uint16_t port) {
        return testing::run(
            io,
            client.knock({.tls = false, .host = host, .port = port}, testing::in(testing::plenty)));
    }
};

std::string gzip(const std::string& text) {
    z_stream stream{};
    deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
    std::string out(deflateBound(&stream, text.size()) + 64, '\0');
    std::string copy = text;
    stream.next_in = reinterpret_cast<unsigned char*>(copy.data());
    stream.avail_in = static_cast<unsigned>(copy.size());
    stream.next_out = reinterpret_cast<unsigned char*>(out.data());
    stream.avail_out = static_cast<unsigned>(out.size());
    deflate(&stream, Z_FINISH);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

}  // namespace

TEST_CASE("dialer: an IPv6 address, and the one of a name's addresses that listens") {
    Knocker knocker;
    tcp::acceptor six{knocker.io, {asio::ip::address_v6::loopback(), 0}};
    CHECK(knocker.knock("::1", six.local_endpoint().port()).has_value());
    CHECK(knocker.knock("localhost", six.local_endpoint().port()).has_value());
    tcp::acceptor four{knocker.io, {asio::ip::address_v4::loopback(), 0}};
    CHECK(knocker.knock("localhost", four.local_endpoint().port()).has_value());
    const std::uint16_t closed = testing::closed_port();
    CHECK(knocker.knock("::1", closed).error().message ==
          "connecting to [::1]:" + std::to_string(closed) + ": connection refused");
    CHECK(knocker.knock("localhost", closed).error().message.ends_with(": connection refused"));
}

TEST_CASE("dialer: TLS through the proxy's tunnel") {
    TlsServing serving(local());
    ScriptedServer proxy([&](Peer& peer, std::size_t) {
        peer.read_request();
        peer.write("HTTP/1.1 200 Connection established\r\nVia: us\r\n\r\n");
        TlsEnd end(serving, peer);
        while (end.is_open() && !end.read_request().empty()) {
            end.write(answer(200, "through " + end.asked_name()));
        }
    });
    config::HttpOptions options = trusting();
    options.proxy = proxy.url();
    testing::SessionRig rig(options);
    for (int i = 0; i < 2; ++i) {
        const auto page = rig.get("https://localhost:4433/metrics");
        REQUIRE_MESSAGE(page.has_value(), page.error().message);
        CHECK(page->body == "through localhost");
    }
    CHECK(proxy.connections() == 1);
    REQUIRE(proxy.requests().size() == 1);
    CHECK(proxy.requests()[0].starts_with("CONNECT localhost:4433 HTTP/1.1\r\n"));
}

TEST_CASE("dialer: so many handshakes at once, the others wait their turn") {
    TlsServing serving(local());
    std::atomic<int> greeted{0};
    std::promise<void> opened;
    const auto is_open = opened.get_future().share();
    ScriptedServer server([&](Peer& peer, std::size_t) {
        char byte = 0;
        greeted += ::recv(peer.fd(), &byte, 1, MSG_PEEK) == 1 ? 1 : 0;
        is_open.wait();
        TlsEnd end(serving, peer);
        if (end.is_open() && !end.read_request().empty()) {
            end.write(answer(200, "fine"));
        }
    });
    asio::io_context io;
    const auto parts = std::make_shared<NetworkParts>(io.get_executor());
    CHECK(ClientOptions{}.handshakes == 16);
    HttpClient client(
        parts,
        {.material = [&] { return TlsContexts::load(trusting().tls, parts->secrets); },
         .proxies = {},
         .handshakes = 2});
    constexpr int calls = 5;
    int done = 0;
    HttpCall call;
    call.url = *parse_url("https://127.0.0.1:" + std::to_string(server.port()) + "/");
    for (int i = 0; i < calls; ++i) {
        asio::co_spawn(io,
                       client.perform(call, testing::in(testing::plenty)),
                       [&done](std::exception_ptr, Result<HttpAnswer> got) {
                           CHECK(got.has_value());
                           ++done;
                       });
    }
    while (server.connections() < calls || greeted < 2) {
        io.run_one_for(std::chrono::milliseconds{1});
    }
    CHECK(greeted == 2);
    opened.set_value();
    while (done < calls) {
        io.run_one();
    }
}

TEST_CASE("dialer: a small answer that swells stops at the limit") {
    const std::string bomb = gzip(std::string(20'000'000, '0'));
    CHECK(bomb.size() < 100'000);
    ScriptedServer server([&](Peer& peer, std::size_t) {
        peer.read_request();
        peer.write(answer(200, bomb, "Content-Encoding: gzip\r\n"));
        peer.wait_for_close();
    });
    config::HttpOptions options;
    options.body_limit = 1'000'000;
    testing::SessionRig rig(options);
    CHECK(rig.get(server.url("/")).error().message ==
          server.address() + ": the answer is larger than the limit of 1000000 bytes");
}

TEST_CASE("dialer: with the room for answers full, an endless one is given up") {
    ScriptedServer endless([](Peer& peer, std::size_t) {
        peer.read_request();
        peer.write("HTTP/1.1 200 OK\r\n\r\n");
        while (peer.write(std::string(1000, 'x'))) {
        }
    });
    Knocker rig;
    rig.parts->bodies = BodyRoom{100'000};
    BodyRoom::Share other{rig.parts->bodies};
    CHECK(other.grow_to(90'000));
    HttpCall call;
    call.url = *parse_url(endless.url("/"));
    const auto got = testing::run(rig.io, rig.client.perform(call, testing::in(testing::plenty)));
    REQUIRE(!got.has_value());
    CHECK(got.error().code == ErrorCode::out_of_capacity);
    CHECK(got.error().message.starts_with(
        endless.address() +
        ": the answers of all peers under way fill the room for them, 100000 bytes: this one is "
        "given up at "));
}

}  // namespace tided::daemon
