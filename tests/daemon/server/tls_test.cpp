// The listener's TLS, client certificates and bearer, asked through the daemon's own client.
#include "daemon/server/tls.h"

#include <filesystem>
#include <fstream>

#include <doctest/doctest.h>

#include "daemon/server/http_server.h"
#include "daemon/sessions/session.h"
#include "tests/support/certificates.h"
#include "tests/support/run_awaitable.h"
#include "tests/support/temporary_directory.h"

namespace tided::daemon {
namespace {

namespace asio = boost::asio;
using testing::certificates;
using testing::TemporaryDirectory;

config::SecretRef file(const std::string& path) {
    return {.kind = config::SecretRef::Kind::file, .name = path};
}

asio::awaitable<HttpReply> answer(HttpRequest request) {
    HttpReply reply{.content_type = "text/plain"};
    reply.body = request.target + (request.authorised ? " authorised" : " not authorised");
    co_return reply;
}

struct Rig {
    Rig() {
        listener.addresses = {"127.0.0.1:0"};
        const auto files = certificates().issue("tided-listener", "IP:127.0.0.1");
        std::filesystem::copy_file(files.certificate, home / "certificate");
        std::filesystem::copy_file(files.key, home / "key");
        listener.certificate = file(home / "certificate");
        listener.key = file(home / "key");
        tls.ca = file(certificates().ca());
    }

    void listen() {
        auto made = HttpServer::listen(io.get_executor(), listener, "", &answer);
        if (!made) {
            FAIL(made.error().message);
        }
        server = std::move(*made);
    }

    /// "200 body", or the error's message.
    std::string ask(const std::string& target) {
        config::HttpOptions options;
        options.url = (listener.certificate ? "https://" : "http://") + server->addresses().at(0);
        options.auth = auth;
        options.tls = tls;
        auto session = network.open(options);
        if (!session) {
            return session.error().message;
        }
        actuators::Transport& transport = **session;
        actuators::Request request;
        request.path = target;
        const Deadline deadline{std::chrono::steady_clock::now() + std::chrono::seconds{20}};
        const auto got = testing::run(io, transport.send(std::move(request), deadline));
        return got ? std::to_string(got->status) + " " + got->body : got.error().message;
    }

    TemporaryDirectory home;
    asio::io_context io;
    Network network{io.get_executor()};
    config::Listener listener;
    config::Auth auth;
    config::Tls tls;
    std::unique_ptr<HttpServer> server;
};

TEST_CASE("TLS: answered under our certificate, without authority") {
    Rig rig;
    rig.listen();
    CHECK(rig.ask("/metrics") == "200 /metrics not authorised");
}

TEST_CASE("TLS: a client CA demands a certificate, which gives authority") {
    Rig rig;
    rig.listener.client_ca = file(certificates().ca());
    rig.listen();
    CHECK(rig.ask("/metrics").find("200") == std::string::npos);
    const auto files = certificates().issue("operator", "DNS:operator");
    rig.tls.certificate = file(files.certificate);
    rig.tls.key = file(files.key);
    CHECK(rig.ask("/metrics") == "200 /metrics authorised");
}

TEST_CASE("TLS: a renewed certificate is used without a restart, a broken one is not") {
    Rig rig;
    std::chrono::steady_clock::time_point now{};
    auto made = HttpTls::make(rig.listener, [&] { return now; });
    REQUIRE(made.has_value());
    HttpTls& tls = **made;
    const auto later = [&] {
        now += std::chrono::minutes{1};
        return tls.renew();
    };
    CHECK_FALSE(later());
    std::ofstream{rig.home / "certificate"} << "rubbish";
    CHECK_FALSE(later());
    const auto files = certificates().issue("tided-renewed", "IP:127.0.0.1");
    const auto over = std::filesystem::copy_options::overwrite_existing;
    std::filesystem::copy_file(files.certificate, rig.home / "certificate", over);
    CHECK_FALSE(later());  // still the key of the former one
    std::filesystem::copy_file(files.key, rig.home / "key", over);
    CHECK(later());
    CHECK_FALSE(later());
}

TEST_CASE("TLS: what cannot serve is refused at the start") {
    Rig rig;
    const auto error = [&] {
        const auto made = HttpServer::listen(rig.io.get_executor(), rig.listener, "", &answer);
        return made ? "listens" : made.error().message;
    };
    rig.listener.key = file(certificates().issue("other", "IP:127.0.0.1").key);
    CHECK(error() ==
          "listener: file:" + rig.listener.key->name + " is no PEM key of the certificate");
    rig.listener.key.reset();
    CHECK(error() == "listener: TLS needs both a certificate and its key");
    rig.listener.key = file(rig.home / "key");
    std::ofstream{rig.home / "certificate"} << "rubbish";
    CHECK(error() ==
          "listener: file:" + (rig.home / "certificate") + " is no PEM certificate chain");
    rig.listener.certificate = file(rig.home / "gone");
    CHECK(error().starts_with("listener: "));
}

TEST_CASE("a bearer credential is demanded of everything but the health checks") {
    Rig rig;
    rig.listener.certificate.reset();
    rig.listener.key.reset();
    std::ofstream{rig.home / "token"} << "s3cret\n";
    std::filesystem::permissions(rig.home / "token", std::filesystem::perms::owner_read);
    rig.listener.bearer = file(rig.home / "token");
    rig.listen();
    CHECK(rig.ask("/metrics") == "401 {\"error\":\"a bearer credential is required\"}\n");
    CHECK(rig.ask("/-/healthy") == "200 /-/healthy not authorised");
    CHECK(rig.ask("/-/ready") == "200 /-/ready not authorised");
    rig.auth.bearer = file(rig.home / "token");
    CHECK(rig.ask("/metrics") == "200 /metrics authorised");
    std::ofstream{rig.home / "wrong"} << "s3cret2";
    std::filesystem::permissions(rig.home / "wrong", std::filesystem::perms::owner_read);
    rig.auth.bearer = file(rig.home / "wrong");
    CHECK(rig.ask("/metrics").starts_with("401 "));
}

TEST_CASE("a bearer credential that cannot be read stops the start") {
    Rig rig;
    rig.listener.bearer = file(rig.home / "none");
    const auto made = HttpServer::listen(rig.io.get_executor(), rig.listener, "", &answer);
    REQUIRE_FALSE(made.has_value());
    CHECK(made.error().message.starts_with("listener: "));
}

}  // namespace
}  // namespace tided::daemon
