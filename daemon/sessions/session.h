// Session: the live account behind a source's address or a provider's name. It owns endpoint,
// authentication, TLS, proxy, keep-alive connections and limits, and serves both ports, so the
// floors below write neither authentication nor sockets.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <boost/asio/any_io_executor.hpp>

#include "actuators/process.h"
#include "actuators/transport.h"
#include "daemon/config/config.h"
#include "metrics/discovery/host.h"
#include "metrics/transport.h"

namespace tided::daemon {

class Session : public metrics::Transport, public actuators::Transport {};

/// Opens sessions. One per daemon: it holds what they share (resolver, TLS contexts, the cap on
/// handshakes in flight, the watch on secret files).
class Network {
public:
    explicit Network(boost::asio::any_io_executor io);
    ~Network();
    Network(const Network&) = delete;
    Network& operator=(const Network&) = delete;

    /// A session for one peer. Errors: a secret that cannot be read, a bad certificate: the
    /// message names the reference, never the content.
    [[nodiscard]] Result<std::unique_ptr<Session>> open(const config::HttpOptions& options);

    /// A session for a Kubernetes account: kubeconfig (client certificate, bearer token, token
    /// file, basic, exec plugin run through `processes`) or the pod's own account. `may_run`
    /// false refuses exec plugins with a message that names the drop-in.
    [[nodiscard]] Result<std::unique_ptr<Session>> open(const config::KubernetesAccount& account,
                                                        const config::HttpOptions& options,
                                                        actuators::Processes& processes,
                                                        bool may_run_programs);

    /// This machine's files and name servers. Lives as long as the network.
    [[nodiscard]] metrics::Host& host();

    struct Impl;

private:
    std::unique_ptr<Impl> impl_;
};

}  // namespace tided::daemon
