// TLS towards a server made for the purpose, with certificates made at test time.
#include <atomic>
#include <cstdio>
#include <filesystem>
#include <future>

#include <doctest/doctest.h>

#include "daemon/client/http_client.h"
#include "tests/daemon/session_rig.h"
#include "tests/support/certificates.h"
#include "tests/support/scripted_server.h"
#include "tests/support/tls_end.h"

namespace tided::daemon {

namespace {

using testing::answer;
using testing::certificates;
using testing::Peer;
using testing::ScriptedServer;
using testing::SessionRig;
using testing::TlsEnd;
using testing::TlsServing;

config::SecretRef file(const std::string& path) {
    return {.kind = config::SecretRef::Kind::file, .name = path};
}

config::HttpOptions trusting(const std::string& ca) {
    config::HttpOptions options;
    options.tls.ca = file(ca);
    return options;
}

const testing::CertificateFiles& local() {
    static const auto files = certificates().issue("local", "DNS:localhost,IP:127.0.0.1");
    return files;
}

std::string https(const ScriptedServer& server, const std::string& host = "127.0.0.1") {
    return "https://" + host + ":" + std::to_string(server.port()) + "/metrics";
}

/// Serves "fine" over TLS to everybody, until the client leaves.
struct TlsServer {
    explicit TlsServer(const testing::CertificateFiles& files, testing::TlsDemand demand = {})
        : serving(files, std::move(demand)), server([this](Peer& peer, std::size_t) {
              TlsEnd end(serving, peer);
              resumed += end.is_resumed() ? 1 : 0;
              while (end.is_open() && !end.read_request().empty()) {
                  end.write(answer(200, "fine " + end.client_subject() + end.asked_name()));
              }
          }) {}

    std::atomic<int> resumed{0};
    TlsServing serving;
    ScriptedServer server;
};

}  // namespace

TEST_CASE("tls: a verified peer, one handshake for several requests") {
    TlsServer tls(local());
    SessionRig rig(trusting(certificates().ca()));
    for (int i = 0; i < 3; ++i) {
        const auto page = rig.get(https(tls.server));
        REQUIRE_MESSAGE(page.has_value(), page.error().message);
        CHECK(page->body == "fine ");
    }
    CHECK(tls.server.connections() == 1);
    CHECK(rig.get(https(tls.server, "localhost"))->body == "fine localhost");
}

TEST_CASE("tls: a certificate that does not verify is named with its fault") {
    const auto expired = certificates().issue("expired", "IP:127.0.0.1", -1);
    const auto other = certificates().issue("other", "DNS:other.example");
    struct Row {
        const char* name;
        const testing::CertificateFiles& files;
        config::HttpOptions options;
        std::string message;  // after "TLS: certificate of ADDRESS "
    };
    const Row rows[] = {
        {"expired", expired, trusting(certificates().ca()), "has expired"},
        {"other name",
         other,
         trusting(certificates().ca()),
         "is not for the name 127.0.0.1 (IP address mismatch)"},
        {"other authority",
         local(),
         trusting(certificates().stranger()),
         "is not signed by file:" + certificates().stranger() +
             " (unable to get local issuer certificate)"},
        {"system store",
         local(),
         {},
         "is not signed by an authority this system trusts (unable to get local issuer "
         "certificate)"},
    };
    for (const Row& row : rows) {
        INFO(row.name);
        TlsServer tls(row.files);
        SessionRig rig(row.options);
        const auto page = rig.get(https(tls.server));
        REQUIRE(!page.has_value());
        CHECK(page.error().code == ErrorCode::unavailable);
        CHECK(page.error().effect == Effect::none);
        CHECK(page.error().message ==
              "TLS: certificate of " + tls.server.address() + " " + row.message);
    }
}

TEST_CASE("tls: server_name is verified instead of the host; insecure verifies nothing") {
    const auto other = certificates().issue("named", "DNS:other.example");
    TlsServer tls(other);
    auto options = trusting(certificates().ca());
    options.tls.server_name = "other.example";
    CHECK(SessionRig(options).get(https(tls.server))->body == "fine other.example");
    config::HttpOptions insecure;
    insecure.tls.insecure = true;
    CHECK(SessionRig(insecure).get(https(tls.server))->body == "fine ");
}

TEST_CASE("tls: client certificates, asked for and given or not") {
    TlsServer tls(local(), {.client_ca = certificates().ca()});
    auto options = trusting(certificates().ca());
    const auto without = SessionRig(options).get(https(tls.server));
    REQUIRE(!without.has_value());
    CHECK(without.error().message == tls.server.address() + ": TLS: " + tls.server.address() +
                                         " asks for a client certificate");
    const auto client = certificates().issue("client", "DNS:tided");
    options.tls.certificate = file(client.certificate);
    options.tls.key = file(client.key);
    CHECK(SessionRig(options).get(https(tls.server))->body == "fine /CN=client");
}

TEST_CASE("tls: broken material is refused when the session opens") {
    boost::asio::io_context io;
    Network network(io.get_executor());
    const auto client = certificates().issue("client2", "DNS:tided");
    const auto refusal = [&](const config::Tls& tls) {
        config::HttpOptions options;
        options.tls = tls;
        const auto opened = network.open(options);
        return opened ? std::string("opened") : opened.error().message;
    };
    config::Tls missing;
    missing.ca = file("/no/such/ca.pem");
    CHECK(refusal(missing) == "file:/no/such/ca.pem: there is no file /no/such/ca.pem");
    config::Tls crossed;
    crossed.certificate = file(client.certificate);
    crossed.key = file(local().key);
    CHECK(refusal(crossed) == "TLS: the key file:" + local().key +
                                  " does not belong to the certificate file:" + client.certificate);
    config::Tls swapped;
    swapped.ca = file(client.key);
    CHECK(refusal(swapped) == "TLS: file:" + client.key + " holds no PEM certificate");
    config::Tls half;
    half.certificate = file(client.certificate);
    CHECK(refusal(half) == "TLS: a client certificate needs its key, and a key its certificate");
}

TEST_CASE("tls: a peer that speaks no TLS, only an old one, or hangs up") {
    ScriptedServer plain([](Peer& peer, std::size_t) {
        peer.write("HTTP/1.1 400 Bad Request\r\n\r\n");
        peer.wait_for_close();
    });
    CHECK(SessionRig().get(https(plain)).error().message ==
          "TLS: " + plain.address() + " does not speak TLS");
    TlsServer old(local(), {.only_old = true});
    CHECK(SessionRig().get(https(old.server)).error().message ==
          "TLS: " + old.server.address() + " speaks no TLS 1.2 or later");
    ScriptedServer gone([](Peer&, std::size_t) {});
    CHECK(!SessionRig().get(https(gone)).has_value());
    ScriptedServer silent([](Peer& peer, std::size_t) { peer.wait_for_close(); });
    CHECK(testing::without_duration(SessionRig().get(https(silent), Duration{50}).error()) ==
          "TLS: handshake with " + silent.address() + ": timed out after ");
}

TEST_CASE("tls: a certificate rotated under a request ends with that request's connection") {
    const auto& old_one = certificates().issue("old", "DNS:old");
    const auto& new_one = certificates().issue("new", "DNS:new");
    TlsServing serving(local(), {.client_ca = certificates().ca()});
    std::promise<void> rotated;
    auto is_rotated = rotated.get_future().share();
    ScriptedServer server([&](Peer& peer, std::size_t rank) {
        TlsEnd end(serving, peer);
        while (end.is_open() && !end.read_request().empty()) {
            if (rank == 0) {
                is_rotated.wait();
            }
            end.write(answer(200, end.client_subject()));
        }
    });
    boost::asio::io_context io;
    const auto parts = std::make_shared<NetworkParts>(io.get_executor());
    config::Tls tls = trusting(certificates().ca()).tls;
    const auto present = [&tls](const testing::CertificateFiles& files) {
        tls.certificate = file(files.certificate);
        tls.key = file(files.key);
    };
    present(old_one);
    HttpClient client(
        parts, {.material = [&] { return TlsContexts::load(tls, parts->secrets); }, .proxies = {}});
    HttpCall call;
    call.url = *parse_url(https(server));
    const auto perform = [&] { return client.perform(call, testing::in(testing::plenty)); };
    std::string first;
    boost::asio::co_spawn(io, perform(), [&](std::exception_ptr, Result<HttpAnswer> got) {
        first = got ? got->body : got.error().message;
    });
    while (server.connections() == 0) {
        io.run_one();
    }
    present(new_one);
    const std::string subject_of_new = testing::run(io, perform())->body;
    CHECK(subject_of_new.find("new") != std::string::npos);
    rotated.set_value();
    while (first.empty()) {
        io.run_one();
    }
    CHECK(first.find("old") != std::string::npos);
    for (int i = 0; i < 3; ++i) {
        CHECK(testing::run(io, perform())->body == subject_of_new);
    }
    CHECK(server.connections() == 2);
}

TEST_CASE("tls: a repeated call keeps its connection until the certificate is another") {
    const auto& old_one = certificates().issue("old", "DNS:old");
    const auto& new_one = certificates().issue("new", "DNS:new");
    TlsServing serving(local(), {.client_ca = certificates().ca()});
    ScriptedServer server([&](Peer& peer, std::size_t) {
        TlsEnd end(serving, peer);
        while (end.is_open() && !end.read_request().empty()) {
            end.write(answer(200, end.client_subject()));
        }
    });
    boost::asio::io_context io;
    const auto parts = std::make_shared<NetworkParts>(io.get_executor());
    config::Tls tls = trusting(certificates().ca()).tls;
    tls.certificate = file(old_one.certificate);
    tls.key = file(old_one.key);
    HttpClient client(
        parts, {.material = [&] { return TlsContexts::load(tls, parts->secrets); }, .proxies = {}});
    RepeatedCall call{HttpCall{.url = *parse_url(https(server))}};
    const auto body = [&] {
        return testing::run(io, client.perform(call, testing::in(testing::plenty)))->body;
    };
    for (int i = 0; i < 3; ++i) {
        CHECK(body().find("old") != std::string::npos);
    }
    CHECK(server.connections() == 1);
    tls.certificate = file(new_one.certificate);
    tls.key = file(new_one.key);
    for (int i = 0; i < 3; ++i) {
        CHECK(body().find("new") != std::string::npos);
    }
    CHECK(server.connections() == 2);
}

TEST_CASE("tls: a new CA file counts without a restart, and sessions are resumed") {
    testing::TemporaryDirectory directory;
    const std::string ca = directory / "ca.pem";
    std::filesystem::copy_file(certificates().stranger(), ca);
    TlsServing serving(local());
    std::atomic<int> resumed{0};
    ScriptedServer server([&](Peer& peer, std::size_t) {
        TlsEnd end(serving, peer);
        resumed += end.is_resumed() ? 1 : 0;
        if (end.is_open() && !end.read_request().empty()) {
            end.write(answer(200, "once"));
        }
    });
    boost::asio::io_context io;
    const auto parts = std::make_shared<NetworkParts>(io.get_executor());
    std::chrono::steady_clock::time_point now{};
    parts->secrets = SecretStore([&now] { return now; });
    HttpClient client(
        parts,
        {.material = [&] { return TlsContexts::load(trusting(ca).tls, parts->secrets); },
         .proxies = {}});
    const auto get = [&] {
        HttpCall call;
        call.url = *parse_url(https(server));
        return testing::run(io, client.perform(call, testing::in(testing::plenty)));
    };
    CHECK(!get().has_value());
    std::filesystem::copy_file(
        certificates().ca(), ca, std::filesystem::copy_options::overwrite_existing);
    CHECK(!get().has_value());  // a file is looked at once a second
    now += std::chrono::seconds{1};
    for (int i = 0; i < 3; ++i) {
        const auto page = get();
        REQUIRE_MESSAGE(page.has_value(), page.error().message);
        CHECK(page->body == "once");
    }
    CHECK(server.connections() == 5);
    CHECK(resumed.load() == 2);
}

}  // namespace tided::daemon
