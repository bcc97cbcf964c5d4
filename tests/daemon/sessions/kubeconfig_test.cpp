// Kubeconfig texts: what is read, and one clear sentence for each mistake.
#include "daemon/sessions/kubeconfig.h"

#include <doctest/doctest.h>

#include "daemon/sessions/exec_plugin.h"

namespace tided::daemon {

namespace {

const std::string good = R"(
apiVersion: v1
kind: Config
current-context: main
contexts:
- name: main
  context: {cluster: c, user: u, namespace: prod}
- name: aws
  context: {cluster: c2, user: aws}
clusters:
- name: c
  cluster:
    server: https://api.example:6443
    certificate-authority-data: Y2E=
    tls-server-name: kubernetes
    proxy-url: http://proxy:3128
- name: c2
  cluster: {server: "https://two.example", certificate-authority: pki/ca.crt}
users:
- name: u
  user:
    client-certificate-data: Y2VydA==
    client-certificate: ignored.crt
    client-key: pki/u.key
    token: hunter2
    tokenFile: /run/token
- name: aws
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1
      command: aws
      args: [eks, get-token]
      env: [{name: AWS_PROFILE, value: prod}]
      installHint: install the aws program
      provideClusterInfo: true
      interactiveMode: IfAvailable
)";

std::string mistake(const std::string& text, const std::string& context = "") {
    const auto parsed = parse_kubeconfig(text, context, "/etc/kube");
    return parsed ? "read" : parsed.error().message;
}

/// `good` with one text replaced.
std::string with(const std::string& from, const std::string& to) {
    std::string text = good;
    const auto at = text.find(from);
    REQUIRE(at != std::string::npos);
    return text.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("kubeconfig: the context's cluster and user") {
    const auto read = parse_kubeconfig(good, "", "/etc/kube");
    REQUIRE_MESSAGE(read.has_value(), read.error().message);
    CHECK(read->cluster.server == "https://api.example:6443");
    CHECK(read->cluster.ca.data->reveal() == "ca");
    CHECK(read->cluster.tls_server_name == "kubernetes");
    CHECK(read->cluster.proxy_url == "http://proxy:3128");
    CHECK(read->default_namespace == "prod");
    CHECK(read->user.certificate.data->reveal() == "cert");
    CHECK(read->user.certificate.path.empty());
    CHECK(read->user.key.path == "/etc/kube/pki/u.key");
    CHECK(read->user.token->reveal() == "hunter2");
    CHECK(read->user.token_file == "/run/token");

    const auto aws = parse_kubeconfig(good, "aws", "/etc/kube");
    REQUIRE_MESSAGE(aws.has_value(), aws.error().message);
    CHECK(aws->cluster.ca.path == "/etc/kube/pki/ca.crt");
    REQUIRE(aws->user.exec.has_value());
    CHECK(aws->user.exec->argv == std::vector<std::string>{"aws", "eks", "get-token"});
    CHECK(aws->user.exec->environment ==
          std::vector<std::pair<std::string, std::string>>{{"AWS_PROFILE", "prod"}});
    CHECK(aws->user.exec->wants_cluster);
}

TEST_CASE("kubeconfig: each mistake has its sentence, and none repeats a secret") {
    const std::vector<std::pair<std::string, std::string>> rows{
        {mistake("a: [1"), "line 1: not YAML"},
        {mistake("just text"), "it is no map of clusters, users and contexts"},
        {mistake(""), "it is no map of clusters, users and contexts"},
        {mistake(with("current-context: main", "")),
         "it has no current-context; name one with context"},
        {mistake(good, "nowhere"), "contexts has no \"nowhere\"; there are: main, aws"},
        {mistake("current-context: x"), "contexts has no \"x\"; it is empty"},
        {mistake("current-context: x\ncontexts: text"), "contexts must be a list"},
        {mistake("current-context: x\ncontexts: [text]"), "contexts[0]: must be a map"},
        {mistake("current-context: x\ncontexts: [{name: x}]"),
         "contexts[0] \"x\": has no map context"},
        {mistake("current-context: [x]"), "current-context must be a text"},
        {mistake(with("cluster: c, user: u", "user: u")), "contexts[0] \"main\": names no cluster"},
        {mistake(with("cluster: c, user: u", "cluster: c")), "contexts[0] \"main\": names no user"},
        {mistake(with("cluster: c, user: u", "cluster: x, user: u")),
         "clusters has no \"x\"; there are: c, c2"},
        {mistake(with("cluster: c, user: u", "cluster: c, user: x")),
         "users has no \"x\"; there are: u, aws"},
        {mistake(with("server: https://api.example:6443", "")), "clusters[0] \"c\": has no server"},
        {mistake(with("https://api.example:6443", "api.example:6443")),
         "clusters[0] \"c\": server: \"api.example:6443\" is no usable address: expected "
         "http://host:port/path or https://…"},
        {mistake(with("Y2E=", "hunter2!")),
         "clusters[0] \"c\": certificate-authority-data is not base64"},
        {mistake(with("proxy-url: http://proxy:3128", "insecure-skip-tls-verify: yes")),
         "clusters[0] \"c\": insecure-skip-tls-verify must be true or false"},
        {mistake(with("proxy-url: http://proxy:3128", "insecure-skip-tls-verify: true")),
         "clusters[0] \"c\": insecure-skip-tls-verify and a certificate-authority exclude each "
         "other"},
        {mistake(with("    client-key: pki/u.key\n", "")),
         "users[0] \"u\": has a client-certificate but no client-key"},
        {mistake(with("token: hunter2", "token: [hunter2]")),
         "users[0] \"u\": token must be a text"},
        {mistake(with("token: hunter2", "password: hunter2")),
         "users[0] \"u\": has a password but no username"},
        {mistake(with("token: hunter2", "as: admin")),
         "users[0] \"u\": as: acting as somebody else is not supported"},
        {mistake(with("token: hunter2", "auth-provider: {name: gcp}")),
         "users[0] \"u\": auth-provider is gone from Kubernetes; use exec"},
        {mistake(with("k8s.io/v1\n", "k8s.io/v1alpha1\n"), "aws"),
         "users[1] \"aws\".exec: apiVersion must be client.authentication.k8s.io/v1 or "
         "client.authentication.k8s.io/v1beta1"},
        {mistake(with("command: aws", ""), "aws"), "users[1] \"aws\".exec: has no command"},
        {mistake(with("[eks, get-token]", "eks"), "aws"),
         "users[1] \"aws\".exec: args must be a list"},
        {mistake(with("[{name: AWS_PROFILE, value: prod}]", "{A: b}"), "aws"),
         "users[1] \"aws\".exec: env must be a list"},
        {mistake(with("IfAvailable", "Always"), "aws"),
         "users[1] \"aws\".exec: interactiveMode Always wants a person at a terminal; a daemon has "
         "none"},
        {mistake(with("IfAvailable", "Often"), "aws"),
         "users[1] \"aws\".exec: interactiveMode must be Never, IfAvailable or Always"},
    };
    for (const auto& [got, expected] : rows) {
        CHECK(got == expected);
        CHECK(got.find("hunter2") == std::string::npos);
    }
}

TEST_CASE("exec plugin: what it is asked") {
    const auto aws = parse_kubeconfig(good, "aws", "/etc/kube");
    const auto command = exec_command(*aws->user.exec, aws->cluster, "ca");
    CHECK(command.argv == std::vector<std::string>{"aws", "eks", "get-token"});
    REQUIRE(!command.environment.empty());
    CHECK(command.environment.back().first == "KUBERNETES_EXEC_INFO");
    CHECK(command.environment.back().second ==
          R"({"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential",)"
          R"("spec":{"interactive":false,"cluster":{"server":"https://two.example",)"
          R"("certificate-authority-data":"Y2E="}}})");
}

TEST_CASE("exec plugin: what it answers") {
    ExecPlugin plugin;
    plugin.api_version = "client.authentication.k8s.io/v1";
    const auto wrap = [](const std::string& status) {
        return R"({"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":)" +
               status + "}";
    };
    const auto good_answer = parse_exec_credential(
        wrap(R"({"token":"hunter2","expirationTimestamp":"2026-01-02T03:04:05+02:00"})"), plugin);
    REQUIRE(good_answer.has_value());
    CHECK(good_answer->token->reveal() == "hunter2");
    CHECK(tided::to_string(*good_answer->expires) == "2026-01-02T01:04:05.000Z");
    const std::vector<std::pair<std::string, std::string>> rows{
        {"hunter2", "its output is no JSON object"},
        {"", "its output is no JSON object"},
        {"[]", "its output is no JSON object"},
        {R"({"kind":"Secret","token":"hunter2"})", "its output is no ExecCredential"},
        {R"({"kind":"ExecCredential","apiVersion":"v9"})",
         "its output is not of the apiVersion asked for, client.authentication.k8s.io/v1"},
        {wrap("null"), "its output has no status"},
        {wrap("{}"), "its output has neither token nor certificate"},
        {wrap(R"({"token":7})"), "its output has neither token nor certificate"},
        {wrap(R"({"clientKeyData":"hunter2"})"),
         "its output has a certificate without key, or a key without certificate"},
        {wrap(R"({"token":"hunter2","expirationTimestamp":"tomorrow"})"),
         "its expirationTimestamp is no time"},
    };
    for (const auto& [output, expected] : rows) {
        const auto parsed = parse_exec_credential(output, plugin);
        REQUIRE(!parsed.has_value());
        CHECK(parsed.error().code == ErrorCode::corrupt);
        CHECK(parsed.error().message == expected);
    }
}

}  // namespace tided::daemon
