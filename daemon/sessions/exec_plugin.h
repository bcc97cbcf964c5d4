// The protocol of exec credential plugins (client.authentication.k8s.io, v1 and v1beta1):
//   asked    environment KUBERNETES_EXEC_INFO = {"kind":"ExecCredential","spec":{…}}
//   answers  standard output {"kind":"ExecCredential","status":{"token" | certificate and key, …}}
// Pure: the program is run by kubernetes.cpp.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "actuators/process.h"
#include "daemon/sessions/kubeconfig.h"
#include "policy/vocab/time.h"

namespace tided::daemon {

struct ExecCredential {
    SharedSecret token;
    SharedSecret certificate;
    SharedSecret key;
    std::optional<TimePoint> expires;  ///< none: until the peer refuses it
};

/// The program to run: the kubeconfig's environment, PATH and HOME of ours, and the question.
/// `ca` is the cluster's PEM when the plugin wants to know the cluster.
[[nodiscard]] actuators::Command exec_command(const ExecPlugin& plugin,
                                              const KubeCluster& cluster,
                                              std::string_view ca);

/// Reads the answer. Errors (corrupt) never repeat any of it.
[[nodiscard]] Result<ExecCredential> parse_exec_credential(std::string_view output,
                                                           const ExecPlugin& plugin);

}  // namespace tided::daemon
