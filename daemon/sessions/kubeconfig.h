// Kubeconfig: the YAML text of a kubeconfig -> the one cluster and user that a context names.
// Pure: reads no file and no clock. Paths in it are made absolute against the file's directory,
// "-data" beats the path, "tokenFile" beats "token", as kubectl reads it.
// Not read: impersonation, the auth-provider plugins that Kubernetes has dropped; both are errors.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daemon/client/secret.h"
#include "policy/vocab/result.h"

namespace tided::daemon {

/// A certificate or key: its text, or the absolute path where it is.
struct KubePem {
    SharedSecret data;
    std::string path;

    [[nodiscard]] bool is_set() const { return data != nullptr || !path.empty(); }
};

struct KubeCluster {
    std::string server;  ///< "https://host:port"
    KubePem ca;
    std::string tls_server_name;
    std::string proxy_url;
    bool insecure = false;
};

/// A program that prints credentials (client.authentication.k8s.io).
struct ExecPlugin {
    std::string api_version;
    std::vector<std::string> argv;
    std::vector<std::pair<std::string, std::string>> environment;
    std::string install_hint;
    bool wants_cluster = false;  ///< provideClusterInfo
};

struct KubeUser {
    std::string name;
    KubePem certificate;
    KubePem key;
    SharedSecret token;
    std::string token_file;
    std::string username;
    SharedSecret password;
    std::optional<ExecPlugin> exec;
};

struct Kubeconfig {
    KubeCluster cluster;
    KubeUser user;
    std::string default_namespace;
};

/// `context` "" = current-context. Errors: invalid_input or unsupported, one sentence that names
/// the place ("users[1] \"admin\": …"), never a token, password or key.
[[nodiscard]] Result<Kubeconfig> parse_kubeconfig(std::string_view text,
                                                  const std::string& context,
                                                  const std::string& directory);

/// Standard base64 with padding; empty when it is not.
[[nodiscard]] std::optional<std::string> decode_base64(std::string_view text);

}  // namespace tided::daemon
