// Network: what sessions share, and the two ways to open one.
#include <utility>

#include "daemon/sessions/http_transport.h"
#include "daemon/sessions/kubernetes.h"
#include "daemon/sessions/local_host.h"
#include "daemon/sessions/session.h"

namespace tided::daemon {

namespace asio = boost::asio;

struct Network::Impl {
    explicit Impl(const asio::any_io_executor& io)
        : parts(std::make_shared<NetworkParts>(io)), host(parts) {}

    std::shared_ptr<NetworkParts> parts;
    LocalHost host;
};

Network::Network(asio::any_io_executor io) : impl_(std::make_unique<Impl>(io)) {}

Network::~Network() = default;

metrics::Host& Network::host() {
    return impl_->host;
}

Result<std::unique_ptr<Session>> Network::open(const config::HttpOptions& options) {
    TransportOptions transport{.body_limit = options.body_limit,
                               .compression = options.compression};
    if (!options.url.empty()) {
        auto base = parse_url(options.url);
        if (!base) {
            return fail(std::move(base).error());
        }
        transport.base = *std::move(base);
    }
    const auto parts = impl_->parts;
    for (const auto& ref : {options.auth.bearer, options.auth.basic_password}) {
        if (ref) {
            if (auto readable = parts->secrets.read(*ref); !readable) {
                return fail(std::move(readable).error());
            }
        }
    }
    auto proxies = ProxyRules::make(options.proxy, options.no_proxy);
    if (!proxies) {
        return fail(std::move(proxies).error());
    }
    const ClientOptions client{
        .material = [parts, tls = options.tls] { return TlsContexts::load(tls, parts->secrets); },
        .proxies = *std::move(proxies)};
    const auto material = client.material();
    if (!material) {
        return fail(material.error());
    }
    if (auto usable = parts->tls.check(*material); !usable) {
        return fail(std::move(usable).error());
    }
    return make_http_transport(std::make_unique<HttpClient>(parts, client),
                               make_authorizer(options.auth, parts),
                               std::move(transport));
}

Result<std::unique_ptr<Session>> Network::open(const config::KubernetesAccount& account,
                                               const config::HttpOptions& options,
                                               actuators::Processes& processes,
                                               bool may_run_programs) {
    return open_kubernetes(impl_->parts,
                           {.account = account,
                            .options = options,
                            .processes = &processes,
                            .may_run_programs = may_run_programs});
}

}  // namespace tided::daemon
