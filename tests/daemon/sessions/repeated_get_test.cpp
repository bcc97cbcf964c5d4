// A page asked for again and again: the same bytes on one connection of its own, and everything
// that a single get heeds (closed connections, redirects, credentials, deadlines).
#include <atomic>
#include <cstdlib>
#include <future>
#include <memory>

#include <doctest/doctest.h>

#include "daemon/sessions/http_transport.h"
#include "tests/daemon/session_rig.h"
#include "tests/support/scripted_server.h"

namespace tided::daemon {

namespace {

using testing::answer;
using testing::Peer;
using testing::ScriptedServer;

/// Repeated: one page of one session.
class Repeated {
public:
    explicit Repeated(std::string url, const config::HttpOptions& options = {}) : rig_(options) {
        page_ = rig_.session->repeat({.url = std::move(url), .accept = "text/plain"});
    }

    Result<metrics::Page> get(Duration span = testing::plenty) {
        return testing::run(rig_.io, page_->get(testing::in(span)));
    }
    void end() { page_.reset(); }
    testing::SessionRig& rig() { return rig_; }

private:
    testing::SessionRig rig_;
    std::unique_ptr<metrics::RepeatedGet> page_;
};

}  // namespace

TEST_CASE("repeated get: the same request each time, over one kept connection") {
    ScriptedServer server([](Peer& peer, std::size_t rank) {
        while (!peer.read_request().empty()) {
            peer.write(answer(200, "connection " + std::to_string(rank)));
        }
    });
    Repeated page(server.url("/metrics"));
    for (int i = 0; i < 3; ++i) {
        CHECK(page.get()->body == "connection 0");
        CHECK(page.rig().get(server.url("/other"))->body == "connection 0");
    }
    const auto requests = server.requests();
    CHECK(requests.at(0) == "GET /metrics HTTP/1.1\r\nHost: " + server.address() +
                                "\r\nUser-Agent: tided/0.1.0\r\n"
                                "Accept-Encoding: gzip\r\nAccept: text/plain\r\n\r\n");
    CHECK(requests.at(2) == requests.at(0));
    CHECK(requests.at(4) == requests.at(0));
}

TEST_CASE("repeated get: the connection is closed when the last page of its peer goes") {
    std::promise<void> closed;
    ScriptedServer server([&](Peer& peer, std::size_t) {
        while (!peer.read_request().empty()) {
            peer.write(answer(200, "page"));
        }
        closed.set_value();
    });
    Repeated page(server.url("/"));
    auto other = page.rig().session->repeat({.url = server.url("/other")});
    CHECK(page.get()->body == "page");
    CHECK(testing::run(page.rig().io, other->get(testing::in(testing::plenty)))->body == "page");
    other.reset();
    CHECK(page.get()->body == "page");
    CHECK(server.connections() == 1);
    page.end();
    CHECK(closed.get_future().wait_for(testing::plenty) == std::future_status::ready);
}

TEST_CASE("repeated get: a connection that the peer closed or spoilt is replaced without a word") {
    ScriptedServer server([](Peer& peer, std::size_t rank) {
        peer.read_request();
        peer.write(answer(200, "page") + (rank == 1 ? "unasked" : ""));
        if (rank == 1) {
            peer.wait_for_close();
        }
    });
    Repeated page(server.url("/"));
    CHECK(page.get()->body == "page");
    const auto spoilt = page.get();
    CHECK((spoilt ? spoilt->body == "page"
                  : spoilt.error().message ==
                        server.address() + ": the peer sent more than one answer"));
    CHECK(page.get()->body == "page");
    CHECK(page.get()->body == "page");
    CHECK(server.connections() == 4);
}

TEST_CASE("repeated get: one that failed is sent whole the next time") {
    ScriptedServer server([](Peer& peer, std::size_t rank) {
        peer.read_request();
        if (rank == 0) {
            peer.wait_for_close();
        } else {
            peer.write(rank == 1 ? "no HTTP" : answer(200, "page"));
        }
    });
    Repeated page(server.url("/"));
    CHECK(testing::without_duration(page.get(Duration{50}).error()) ==
          server.address() + ": no answer, timed out after ");
    CHECK(page.get().error().message ==
          server.address() + ": the answer is not HTTP; it begins with \"no HTTP\"");
    CHECK(page.get()->body == "page");
    const std::string refusing = "127.0.0.1:" + std::to_string(testing::closed_port());
    Repeated refused("http://" + refusing + "/metrics");
    for (int i = 0; i < 2; ++i) {
        const auto got = refused.get();
        CHECK(got.error().message == "connecting to " + refusing + ": connection refused");
        CHECK(metrics::is_refusal(got.error()));
        CHECK(got.error().effect == Effect::none);
    }
}

TEST_CASE("repeated get: a redirect is followed anew each time") {
    std::atomic<int> turn{0};
    ScriptedServer server([&](Peer& peer, std::size_t) {
        for (std::string request; !(request = peer.read_request()).empty();) {
            peer.write(request.starts_with("GET / ")
                           ? answer(307, "", "Location: /" + std::to_string(++turn) + "\r\n")
                           : answer(200, request.substr(4, 2)));
        }
    });
    Repeated page(server.url("/"));
    CHECK(page.get()->body == "/1");
    CHECK(page.get()->body == "/2");
}

TEST_CASE("repeated get: credentials are read at each sending") {
    ScriptedServer server([](Peer& peer, std::size_t) {
        for (std::string request; !(request = peer.read_request()).empty();) {
            const auto at = request.find("Bearer ");
            peer.write(answer(200, request.substr(at, request.find('\r', at) - at)));
        }
    });
    config::HttpOptions options;
    options.auth.bearer =
        config::SecretRef{.kind = config::SecretRef::Kind::env, .name = "TIDED_TEST_REPEATED"};
    ::setenv("TIDED_TEST_REPEATED", "first", 1);
    Repeated page(server.url("/"), options);
    CHECK(page.get()->body == "Bearer first");
    CHECK(page.get()->body == "Bearer first");
    ::setenv("TIDED_TEST_REPEATED", "second", 1);
    CHECK(page.get()->body == "Bearer second");
    ::unsetenv("TIDED_TEST_REPEATED");
    CHECK(page.get().error().message.find("env:TIDED_TEST_REPEATED") != std::string::npos);
    ::setenv("TIDED_TEST_REPEATED", "third", 1);
    CHECK(page.get()->body == "Bearer third");
    ::unsetenv("TIDED_TEST_REPEATED");
    CHECK(server.connections() == 1);
}

TEST_CASE("repeated get: credentials that must be waited for are renewed once after a 401") {
    class Fresh final : public Authorizer {
    public:
        boost::asio::awaitable<Result<std::string>> authorization(Deadline) override {
            co_return "Bearer " + std::to_string(number_);
        }
        bool renew() override { return ++number_ > 0; }

    private:
        int number_ = 0;
    };
    ScriptedServer server([](Peer& peer, std::size_t) {
        for (std::string request; !(request = peer.read_request()).empty();) {
            peer.write(answer(request.find("Bearer 1") == std::string::npos ? 401 : 200, "x"));
        }
    });
    boost::asio::io_context io;
    const auto parts = std::make_shared<NetworkParts>(io.get_executor());
    const auto session = make_http_transport(
        std::make_unique<HttpClient>(parts, ClientOptions{}), std::make_shared<Fresh>(), {});
    const auto page = session->repeat({.url = server.url("/")});
    const auto get = [&] { return testing::run(io, page->get(testing::in(testing::plenty))); };
    CHECK(get()->status == 200);
    CHECK(get()->status == 200);
    CHECK(server.requests().size() == 3);
}

TEST_CASE("repeated get: what is no address is refused each time") {
    Repeated page("/metrics");
    for (int i = 0; i < 2; ++i) {
        CHECK(page.get().error().message ==
              "\"/metrics\" is a path, but this session has no base address");
    }
}

}  // namespace tided::daemon
