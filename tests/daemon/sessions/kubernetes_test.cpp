// The Kubernetes session against a TLS server of ours: each way to log in, exec plugins that
// work, fail, hang and talk nonsense, rotation, and the pod's own account.
#include "daemon/sessions/kubernetes.h"

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <mutex>

#include <sys/stat.h>

#include <doctest/doctest.h>

#include "daemon/processes/process_runner.h"
#include "tests/daemon/session_rig.h"
#include "tests/support/certificates.h"
#include "tests/support/scripted_server.h"
#include "tests/support/tls_end.h"

namespace tided::daemon {

namespace {

using testing::certificates;
using testing::in;
using testing::Peer;
using testing::plenty;
using testing::ScriptedServer;
using testing::TlsEnd;
using testing::TlsServing;

/// An API server that answers with what it saw: the Authorization header or the client's name.
/// `refused` is answered with 401.
class ApiServer {
public:
    explicit ApiServer(testing::TlsDemand demand = {})
        : serving_(certificates().issue("api", "DNS:kubernetes,IP:127.0.0.1"), std::move(demand)),
          server_([this](Peer& peer, std::size_t) { serve(peer); }) {}

    void refuse(std::string authorization) {
        const std::lock_guard lock(mutex_);
        refused_ = std::move(authorization);
    }
    [[nodiscard]] std::uint16_t port() const { return server_.port(); }
    [[nodiscard]] std::string url() const { return "https://" + server_.address(); }

private:
    void serve(Peer& peer) {
        TlsEnd end(serving_, peer);
        while (end.is_open()) {
            const std::string request = end.read_request();
            if (request.empty()) {
                return;
            }
            const auto at = request.find("Authorization: ");
            const auto given = at == std::string::npos
                                   ? std::string("nobody")
                                   : request.substr(at + 15, request.find('\r', at) - at - 15);
            const std::lock_guard lock(mutex_);
            end.write(testing::answer(given == refused_ ? 401 : 200, given + end.client_subject()));
        }
    }

    std::mutex mutex_;
    std::string refused_;
    TlsServing serving_;
    ScriptedServer server_;
};

struct Rig {
    Rig() {
        parts->secrets = SecretStore([this] { return now; });
    }

    /// Writes a kubeconfig whose user is `user` (flow YAML) and opens the session.
    Result<void> open(const ApiServer& api, const std::string& user, bool may_run = true) {
        write("kubeconfig",
              "current-context: c\ncontexts: [{name: c, context: {cluster: c, user: u}}]\n"
              "clusters: [{name: c, cluster: {server: \"" +
                  api.url() + "\", certificate-authority: " + certificates().ca() +
                  "}}]\nusers: [{name: u, user: " + user + "}]\n");
        KubernetesOpening opening;
        opening.account.kubeconfig = config::SecretRef{.kind = config::SecretRef::Kind::file,
                                                       .name = directory / "kubeconfig"};
        opening.processes = processes.get();
        opening.may_run_programs = may_run;
        return open(std::move(opening));
    }

    Result<void> open(KubernetesOpening opening) {
        now += std::chrono::seconds{1};
        auto opened = open_kubernetes(parts, std::move(opening));
        if (!opened) {
            return fail(std::move(opened).error());
        }
        session = *std::move(opened);
        return {};
    }

    std::string get(Duration span = plenty) {
        actuators::Request request;
        request.path = "/api";
        const auto answer = testing::run(io, session->send(request, in(span)));
        return answer ? std::to_string(answer->status) + " " + answer->body
                      : answer.error().message;
    }

    std::string stream() {
        metrics::LineStream lines;
        const auto status = testing::run(io, session->stream({.url = "/api"}, lines, in(plenty)));
        return status ? std::to_string(*status) : status.error().message;
    }

    std::string write(const std::string& name, const std::string& text, mode_t mode = 0600) {
        const std::string path = directory / name;
        std::ofstream(path) << text;
        ::chmod(path.c_str(), mode);
        return path;
    }

    /// An exec plugin that runs `script`; "$1" of it counts its runs in a file.
    std::string plugin(const std::string& script) {
        const auto path =
            write("plugin", "#!/bin/sh\necho run >> " + (directory / "runs") + "\n" + script, 0700);
        return "{exec: {apiVersion: client.authentication.k8s.io/v1, command: " + path +
               ", installHint: install it}}";
    }

    int runs() {
        std::ifstream in_file(directory / "runs");
        int count = 0;
        for (std::string line; std::getline(in_file, line);) {
            ++count;
        }
        return count;
    }

    std::chrono::steady_clock::time_point now{};
    testing::TemporaryDirectory directory;
    boost::asio::io_context io;
    std::shared_ptr<NetworkParts> parts = std::make_shared<NetworkParts>(io.get_executor());
    std::unique_ptr<actuators::Processes> processes = make_process_runner(io.get_executor(), {});
    std::unique_ptr<Session> session;
};

std::string credential(const std::string& status) {
    return R"(printf '%s\n' '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":)" +
           status + "}'\n";
}

}  // namespace

TEST_CASE("kubernetes: token, token file, basic, client certificate") {
    ApiServer api;
    Rig rig;
    REQUIRE(rig.open(api, "{token: one}").has_value());
    CHECK(rig.get() == "200 Bearer one");
    const auto token = rig.write("token", "two\n");
    Rig by_file;
    REQUIRE(by_file.open(api, "{token: one, tokenFile: " + token + "}").has_value());
    CHECK(by_file.get() == "200 Bearer two");
    Rig basic;
    REQUIRE(basic.open(api, "{username: a, password: bc}").has_value());
    CHECK(basic.get() == "200 Basic YTpiYw==");
    Rig none;
    REQUIRE(none.open(api, "{}").has_value());
    CHECK(none.get() == "200 nobody");

    ApiServer strict({.client_ca = certificates().ca()});
    const auto client = certificates().issue("admin", "DNS:admin");
    Rig by_certificate;
    REQUIRE(by_certificate
                .open(strict,
                      "{client-certificate: " + client.certificate + ", client-key: " + client.key +
                          "}")
                .has_value());
    CHECK(by_certificate.get() == "200 nobody/CN=admin");
}

TEST_CASE("kubernetes: what cannot be read is refused at once, by name") {
    ApiServer api;
    Rig rig;
    const std::string name = "kubeconfig file:" + (rig.directory / "kubeconfig");
    CHECK(rig.open(api, "{token: [hunter2]}").error().message ==
          name + ": users[0] \"u\": token must be a text");
    CHECK(rig.open(api, "{tokenFile: /no/such}").error().message ==
          name + ": file:/no/such: there is no file /no/such");
    const auto open_token = rig.write("token", "hunter2", 0644);
    CHECK(rig.open(api, "{tokenFile: " + open_token + "}").error().message ==
          name + ": file:" + open_token + ": " + open_token +
              " is readable by everyone; run: chmod o-rwx " + open_token);
    CHECK(rig.open(api, rig.plugin(""), false).error().message ==
          name + ": user \"u\" runs the program " + (rig.directory / "plugin") +
              ", which the service's sandbox forbids; "
              "/etc/systemd/system/tided.service.d/workers.conf allows it");
    KubernetesOpening pod;
    pod.account.in_cluster = true;
    CHECK(rig.open(std::move(pod)).error().message ==
          "in_cluster: this is no pod, KUBERNETES_SERVICE_HOST and _PORT are not set");
}

TEST_CASE("kubernetes: the pod's own account") {
    ApiServer api;
    Rig rig;
    rig.write("token", "pod-token", 0644);
    std::filesystem::copy_file(certificates().ca(), rig.directory / "ca.crt");
    ::setenv("KUBERNETES_SERVICE_HOST", "127.0.0.1", 1);
    ::setenv("KUBERNETES_SERVICE_PORT", std::to_string(api.port()).c_str(), 1);
    KubernetesOpening pod;
    pod.account.in_cluster = true;
    pod.service_account = rig.directory.path();
    const auto opened = rig.open(std::move(pod));
    ::unsetenv("KUBERNETES_SERVICE_HOST");
    ::unsetenv("KUBERNETES_SERVICE_PORT");
    REQUIRE_MESSAGE(opened.has_value(), opened.error().message);
    CHECK(rig.get() == "200 Bearer pod-token");
}

TEST_CASE("kubernetes: tokens and kubeconfigs that change are followed") {
    ApiServer api;
    Rig rig;
    const auto token = rig.write("token", "old");
    REQUIRE(rig.open(api, "{tokenFile: " + token + "}").has_value());
    CHECK(rig.get() == "200 Bearer old");
    rig.write("token", "newer");
    rig.now += std::chrono::seconds{1};
    CHECK(rig.get() == "200 Bearer newer");
    const std::string path = rig.directory / "kubeconfig";
    std::string text{std::istreambuf_iterator<char>(std::ifstream(path).rdbuf()), {}};
    text.replace(text.find("{tokenFile"),
                 text.find('}', text.find("{tokenFile")) - text.find("{tokenFile") + 1,
                 "{token: newest}");
    std::ofstream(path) << text;
    rig.now += std::chrono::seconds{1};
    CHECK(rig.get() == "200 Bearer newest");
    std::ofstream(path) << text.replace(text.find("127.0.0.1"), 9, "127.0.0.2");
    rig.now += std::chrono::seconds{1};
    CHECK(rig.get().find("its server changed to https://127.0.0.2") != std::string::npos);
}

TEST_CASE("exec plugin: run once, kept until it expires, once more on 401") {
    ApiServer api;
    Rig rig;
    REQUIRE(rig.open(api,
                     rig.plugin("n=$(wc -l < " + (rig.directory / "runs") + ")\n" +
                                credential("{\"token\":\"t'$n'\"}")))
                .has_value());
    CHECK(rig.runs() == 0);
    CHECK(rig.get() == "200 Bearer t1");
    CHECK(rig.get() == "200 Bearer t1");
    CHECK(rig.runs() == 1);
    api.refuse("Bearer t1");
    CHECK(rig.get() == "200 Bearer t2");
    CHECK(rig.runs() == 2);
    api.refuse("Bearer t2");
    CHECK(rig.get() == "401 Bearer t2");  // renewed a moment ago: the server means it
    CHECK(rig.runs() == 2);
}

TEST_CASE("exec plugin: a stream, too, is tried once more on 401") {
    ApiServer api;
    Rig rig;
    REQUIRE(rig.open(api,
                     rig.plugin("n=$(wc -l < " + (rig.directory / "runs") + ")\n" +
                                credential("{\"token\":\"t'$n'\"}")))
                .has_value());
    api.refuse("Bearer t1");
    CHECK(rig.stream() == "200");
    CHECK(rig.runs() == 2);
    api.refuse("Bearer t2");
    CHECK(rig.stream() == "401");
}

TEST_CASE("exec plugin: an expired credential is never used") {
    ApiServer api;
    Rig rig;
    REQUIRE(rig.open(api,
                     rig.plugin(credential(
                         R"({"token":"t","expirationTimestamp":"2020-01-01T00:00:00Z"})")))
                .has_value());
    CHECK(rig.get() == "200 Bearer t");
    CHECK(rig.get() == "200 Bearer t");
    CHECK(rig.runs() == 2);
}

TEST_CASE("exec plugin: a client certificate") {
    ApiServer strict({.client_ca = certificates().ca()});
    const auto client = certificates().issue("plugin", "DNS:plugin");
    Rig rig;
    const auto pem = [](const std::string& path) {
        return "'\"$(sed ':a;N;$!ba;s/\\n/\\\\n/g' " + path + ")\"'";
    };
    REQUIRE(
        rig.open(strict,
                 rig.plugin(credential("{\"clientCertificateData\":\"" + pem(client.certificate) +
                                       "\",\"clientKeyData\":\"" + pem(client.key) + "\"}")))
            .has_value());
    CHECK(rig.get() == "200 nobody/CN=plugin");
}

TEST_CASE("exec plugin: failure, nonsense, silence and absence are told apart") {
    struct Row {
        const char* script;
        const char* message;  // after "exec plugin PATH"
    };
    const Row rows[] = {
        {"echo hunter2; echo first >&2; echo no session >&2; exit 2",
         " exited with status 2: no session"},
        {"kill -9 $$", " was ended by signal 9"},
        {"echo hunter2", ": its output is no JSON object"},
        {"exec cat /dev/zero", nullptr},
        {"exec sleep 60", nullptr},
    };
    ApiServer api;
    for (const Row& row : rows) {
        INFO(row.script);
        Rig rig;
        REQUIRE(rig.open(api, rig.plugin(row.script)).has_value());
        const std::string path = rig.directory / "plugin";
        const bool hangs = std::string(row.script).find("sleep") != std::string::npos;
        const std::string expected =
            row.message != nullptr ? "exec plugin " + path + row.message
            : hangs ? "exec plugin " + path + ": " + path + " had not ended at its deadline"
                    : "exec plugin " + path + ": " + path + " wrote more than 262144 bytes";
        CHECK(rig.get(hangs ? Duration{100} : plenty) == expected);
        CHECK(rig.get() == expected);  // not run again at once
        CHECK(rig.runs() == 1);
    }
    Rig rig;
    auto user = rig.plugin("");
    std::filesystem::remove(rig.directory / "plugin");
    REQUIRE(rig.open(api, user).has_value());
    CHECK(rig.get() == "exec plugin " + (rig.directory / "plugin") + ": no program " +
                           (rig.directory / "plugin") + "; install it");
}

}  // namespace tided::daemon
