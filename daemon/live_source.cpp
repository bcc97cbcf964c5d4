#include "daemon/live_source.h"

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "daemon/sessions/failover.h"
#include "metrics/sources.h"

namespace tided::daemon {
namespace {

/// One session, or one over those of several servers.
Result<std::unique_ptr<Session>> open_source(Network& network, const config::Source& source) {
    if (source.urls.empty()) {
        return network.open(source.http);
    }
    std::vector<FailoverServer> servers;
    for (const std::string& url : source.urls) {
        config::HttpOptions http = source.http;
        http.url = url;
        auto session = network.open(http);
        if (!session) {
            return session;
        }
        servers.push_back({.name = url, .session = std::move(*session)});
    }
    const auto& spec = std::get<metrics::PrometheusSpec>(source.spec);
    return make_failover(std::move(servers),
                         {.subject = "source " + source.name, .timeout = spec.timeout});
}

std::unique_ptr<metrics::Source> make_metrics(const config::Source& source,
                                              Session& session,
                                              const metrics::DiscoveryPorts& ports) {
    if (const auto* scrape = std::get_if<metrics::ScrapeSpec>(&source.spec)) {
        return metrics::make_source(*scrape, session, ports);
    }
    if (const auto* kubernetes = std::get_if<metrics::KubernetesMetricsSpec>(&source.spec)) {
        return metrics::make_source(*kubernetes, session);
    }
    return metrics::make_source(std::get<metrics::PrometheusSpec>(source.spec), session);
}

metrics::Transport* api_of(const LiveProvider* provider) {
    return provider == nullptr ? nullptr : provider->session.get();
}

Status open_sessions(LiveSource& live, const Workshop& workshop) {
    const config::Source& wanted = live.config;
    if (!live.provider) {
        auto session = open_session(workshop, [&network = workshop.network, wanted] {
            return open_source(network, wanted);
        });
        if (!session) {
            return fail(std::move(session).error().within("source " + wanted.name));
        }
        live.session = std::move(*session);
    }
    if (wanted.http_sd) {
        auto lists = open_session(workshop, [&network = workshop.network, http = *wanted.http_sd] {
            return network.open(http);
        });
        if (!lists) {
            return fail(std::move(lists).error().within("source " + wanted.name + ": http_sd"));
        }
        live.http_sd = std::move(*lists);
    }
    return {};
}

}  // namespace

Result<std::unique_ptr<Session>> open_session(const Workshop& workshop,
                                              const OpenSession& session) {
    return workshop.is_start ? open_now_or_later(session) : session();
}

Result<std::shared_ptr<LiveSource>> make_live_source(const config::Source& wanted,
                                                     SourceAccounts accounts,
                                                     std::shared_ptr<LiveSource> same,
                                                     const Workshop& workshop) {
    if (same && same->config == wanted && same->provider == accounts.session &&
        same->kubernetes_sd == accounts.kubernetes_sd) {
        return same;
    }
    auto live = std::make_shared<LiveSource>();
    live->config = wanted;
    live->provider = std::move(accounts.session);
    live->kubernetes_sd = std::move(accounts.kubernetes_sd);
    if (Status opened = open_sessions(*live, workshop); !opened) {
        return fail(std::move(opened).error());
    }
    Session& session = live->provider ? *live->provider->session : *live->session;
    live->source = make_metrics(wanted,
                                session,
                                {.host = &workshop.network.host(),
                                 .http = live->http_sd.get(),
                                 .kubernetes = api_of(live->kubernetes_sd.get()),
                                 .pool_members = workshop.pool_members});
    return live;
}

}  // namespace tided::daemon
