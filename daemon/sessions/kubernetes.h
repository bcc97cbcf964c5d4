// The Kubernetes session: an API server's address, TLS and credentials from a kubeconfig or from
// the pod's own service account, behind the ports every session serves.
// The kubeconfig, token files and certificates are read again when they change; an exec plugin is
// run when its credential is missing or expires, and once more when the API server says 401.
#pragma once

#include <memory>
#include <string>

#include "actuators/process.h"
#include "daemon/client/network_parts.h"
#include "daemon/config/config.h"
#include "daemon/sessions/session.h"

namespace tided::daemon {

struct KubernetesOpening {
    config::KubernetesAccount account;
    config::HttpOptions options;  ///< proxy and limits; address and TLS are the account's
    actuators::Processes* processes = nullptr;
    bool may_run_programs = false;  ///< false: exec plugins are refused
    /// Where a pod finds its account.
    std::string service_account = "/var/run/secrets/kubernetes.io/serviceaccount";
};

[[nodiscard]] Result<std::unique_ptr<Session>> open_kubernetes(std::shared_ptr<NetworkParts> parts,
                                                               KubernetesOpening opening);

}  // namespace tided::daemon
