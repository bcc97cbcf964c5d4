// What can be asked of the running daemon, and a reload; the other orders are in app_orders.cpp.
#include <algorithm>
#include <cstddef>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "daemon/app.h"
#include "daemon/counted.h"
#include "daemon/pool_members.h"
#include "daemon/recompute.h"
#include "daemon/telemetry/logging.h"
#include "daemon/version.h"
#include "metrics/excerpt.h"

namespace tided::daemon {
namespace asio = boost::asio;
namespace {

asio::awaitable<config::Loaded> load_beside(std::string path,
                                            config::Confinement confinement,
                                            TimePoint now) {
    co_return config::load(path, confinement, now);
}

asio::awaitable<Result<Recomputed>> recompute_beside(Event event, config::Policy policy) {
    co_return recompute(event, policy);
}

std::string rendered(const std::vector<config::Diagnostic>& diagnostics) {
    std::string text;
    for (const config::Diagnostic& diagnostic : diagnostics) {
        text += (text.empty() ? "" : "\n") + config::render(diagnostic);
    }
    return text;
}

std::string first_line(const std::string& text) {
    return text.substr(0, text.find('\n'));
}

std::string server_of(const LiveSource& source, const metrics::SourceHealth& health) {
    const auto& urls = source.config.urls;
    return health.server < urls.size() ? urls[health.server] : std::string{};
}

std::vector<metrics::LaneCost> slowest_lanes(const metrics::Source& source) {
    static constexpr std::size_t most = 20;
    std::vector<metrics::LaneCost> costs = source.costs();
    const auto shown = static_cast<std::ptrdiff_t>(std::min(most, costs.size()));
    std::partial_sort(
        costs.begin(), costs.begin() + shown, costs.end(), [](const auto& a, const auto& b) {
            return a.took > b.took;
        });
    costs.resize(static_cast<std::size_t>(shown));
    return costs;
}

/// Of thousands of refused values the first few show what is the matter.
TemplateView view_of(const LiveTemplate& made_of) {
    static constexpr std::size_t most = 20;
    TemplateView view{.name = made_of.config.policy.spec.name,
                      .label = made_of.config.label,
                      .source = made_of.config.source,
                      .max = made_of.config.max,
                      .counts = counts_of(made_of),
                      .refused = {}};
    for (const auto& [value, refusal] : made_of.roster.refused()) {
        if (view.refused.size() < most) {
            view.refused.emplace_back(metrics::excerpt(value, 80), refusal.why);
        }
    }
    return view;
}

std::string_view type_of(const config::Source& source) {
    return std::holds_alternative<metrics::ScrapeSpec>(source.spec)       ? "scrape"
           : std::holds_alternative<metrics::PrometheusSpec>(source.spec) ? "prometheus"
                                                                          : "kubernetes_metrics";
}

std::string_view type_of(const config::Provider& provider) {
    switch (provider.type) {
        case config::ProviderType::process_pool:
            return "process_pool";
        case config::ProviderType::exec:
            return "exec";
        case config::ProviderType::kubernetes:
            return "kubernetes";
    }
    return "process_pool";
}

}  // namespace

StatusView App::status() const {
    StatusView view;
    view.version = version();
    view.mode = config_.daemon.mode == config::Mode::act ? "act" : "dry-run";
    view.started = started_;
    view.now = clock_.now();
    view.config_path = options_.config_path;
    view.last_reload_successful = reload_error_.empty();
    view.last_reload_error = reload_error_;
    view.state_backlog = journal_->backlog();
    if (const auto& brake = orders_.brake()) {
        view.frozen = in_words(*brake);
    } else if (const std::string trouble = journal_->trouble(); !trouble.empty()) {
        view.frozen = trouble + ": nothing is scaled";
    } else if (loop_->is_partitioned()) {
        view.frozen = "most sources and providers are silent at once: nothing is scaled";
    } else if (loop_->clock_held_until() && *loop_->clock_held_until() > view.now) {
        view.frozen = "the wall clock jumped: nothing is scaled down until " +
                      to_string(*loop_->clock_held_until());
    }
    for (const auto& source : fleet_.sources) {
        const metrics::SourceHealth health = source->source->health();
        view.sources.push_back({.name = source->config.name,
                                .type = std::string{type_of(source->config)},
                                .lanes = health.lanes,
                                .failing = health.failing,
                                .last_error = health.last_error,
                                .server = server_of(*source, health),
                                .lanes_by_cost = slowest_lanes(*source->source),
                                .finds_targets = health.finds_targets,
                                .dropped = health.dropped,
                                .discovery_error = health.discovery_error});
    }
    for (const auto& provider : fleet_.providers) {
        view.providers.push_back({.name = provider->config.name,
                                  .type = std::string{type_of(provider->config)},
                                  .last_error = provider->last_error()});
    }
    for (const auto& made_of : fleet_.templates) {
        view.templates.push_back(view_of(*made_of));
    }
    for (const auto& pool : fleet_.pools) {
        view.open_steps += pool->step ? 1U : 0U;
    }
    return view;
}

std::vector<std::string> App::not_ready() const {
    std::vector<std::string> missing;
    if (stopping_) {
        missing.emplace_back("the daemon is stopping");
    }
    if (loop_->is_partitioned()) {
        missing.emplace_back("most sources and providers are silent at once");
    }
    if (std::string trouble = journal_->trouble(); !trouble.empty()) {
        missing.push_back(std::move(trouble));
    }
    for (const auto& source : fleet_.sources) {
        if (source->lost) {
            missing.push_back("source " + source->config.name + ": " +
                              source->source->health().trouble());
        }
    }
    for (const auto& provider : fleet_.providers) {
        if (provider->lost) {
            missing.push_back("provider " + provider->config.name + ": " + provider->last_error());
        }
    }
    for (const auto& pool : fleet_.pools) {
        const bool lasts = !pool->observed || pool->trouble_told;
        if (!pool->observe_error.empty() && lasts && !pool->provider->lost) {
            missing.push_back("pool " + pool->config.name + ": " + pool->trouble());
        }
    }
    if (missing.empty() && !was_ready_) {
        missing = unheard();
        was_ready_ = missing.empty();
    }
    return missing;
}

/// Who has not been heard of since the start. What a reload adds later is not waited for.
std::vector<std::string> App::unheard() const {
    std::vector<std::string> missing;
    for (const auto& source : fleet_.sources) {
        if (!source->heard && source->source->lanes() > 0) {
            missing.push_back("source " + source->config.name + " has not answered yet");
        }
    }
    for (const auto& pool : fleet_.pools) {
        if (!pool->observed && pool->observe_error.empty() && !pool->step) {
            missing.push_back("pool " + pool->config.name + " has not been observed yet");
        }
    }
    return missing;
}

/// What only a restart can change is refused whole, so that a file is never half in force.
Status App::check_restart_free(const config::Daemon& next) const {
    const config::Daemon& now = config_.daemon;
    const config::Listener& here = now.listen;
    const config::Listener& there = next.listen;
    const bool tls_differs = here.certificate != there.certificate || here.key != there.key ||
                             here.client_ca != there.client_ca;
    std::string keys;
    for (const auto& [key, differs] :
         {std::pair{"state", now.state != next.state},
          {"control_socket", now.control_socket != next.control_socket},
          {"listen", here.addresses != there.addresses},
          {"hosts", here.hosts != there.hosts},
          {"tls", tls_differs},
          {"auth", here.bearer != there.bearer}}) {
        keys += differs ? (keys.empty() ? "" : ", ") + std::string{key} : "";
    }
    if (keys.empty()) {
        return {};
    }
    return fail(ErrorCode::unsupported,
                options_.config_path + ": only a restart changes " + keys +
                    " of [daemon]; the whole file stays out of force until then");
}

Workshop App::workshop() {
    return {.io = io_.get_executor(),
            .network = network_,
            .processes = *processes_,
            .may_run_programs = options_.confinement.may_run_programs,
            .state_id = state_id_,
            .pool_members = [this](const std::string& pool) { return members_of(fleet_, pool); },
            .is_start = fleet_.policies.empty() && server_ == nullptr,
            .now = clock_.now()};
}

Status App::change_to(config::Config next) {
    auto fleet = build_fleet(next, fleet_, memory_, workshop());
    if (!fleet) {
        return fail(std::move(fleet).error());
    }
    const auto opening = server_ ? Notifier::Opening::now : Notifier::Opening::now_or_later;
    // All that can fail comes before the swap; the log goes back if the webhooks are wrong.
    if (Status logging = set_up_logging(next.daemon.log_level, next.daemon.log_file); !logging) {
        return logging;
    }
    if (Status set = notifier_->set(next.webhooks, opening); !set) {
        static_cast<void>(set_up_logging(config_.daemon.log_level, config_.daemon.log_file));
        return set;
    }
    if (Status asked = put_on(*fleet, fleet_, next.daemon.mode); !asked) {
        log(LogLevel::error, "bug: a checked query is refused: " + asked.error().message);
    }
    std::swap(fleet_, *fleet);  // the old fleet lives on in *fleet until it is told to end
    config_ = std::move(next);
    remember_retired(*fleet);
    if (server_) {
        start_new(*fleet);
    }
    return {};
}

/// A policy or pool that a later reload brings back finds what it had.
void App::remember_retired(const Fleet& before) {
    for (const auto& policy : before.policies) {
        const LivePolicy* now = find_policy(fleet_, policy->config.spec.name);
        if (now == nullptr || (policy->sizing && !now->sizing)) {
            remember(memory_, *policy);
        }
    }
    for (const auto& pool : before.pools) {
        if (pool->retired) {
            memory_.checkpoints[pool->identity] = pool->actuator->checkpoint();
        }
    }
}

asio::awaitable<Result<std::vector<std::string>>> App::reload(std::string owner) {
    if (std::exchange(reloading_, true)) {
        co_return fail(ErrorCode::conflict, "a reload is already under way");
    }
    service_.reloading();
    config::Loaded loaded = co_await asio::co_spawn(
        reader_,
        load_beside(options_.config_path, options_.confinement, clock_.now()),
        asio::use_awaitable);
    if (stopping_) {
        reloading_ = false;
        co_return fail(ErrorCode::cancelled, "tided stops: nothing is reloaded any more");
    }
    Status result;
    if (!loaded.ok()) {
        result = fail(ErrorCode::invalid_input, rendered(loaded.diagnostics));
    } else {
        result = check_restart_free(loaded.config.daemon);
    }
    if (result) {
        result = change_to(std::move(loaded.config));
    }
    std::vector<std::string> warnings;
    for (const config::Diagnostic& diagnostic : loaded.diagnostics) {
        warnings.push_back(config::render(diagnostic));
        log(result ? LogLevel::warn : LogLevel::error, first_line(warnings.back()));
    }
    reload_error_ = result ? "" : result.error().message;
    telemetry_.reload(result.has_value(), clock_.now());
    announcer_.tell(
        result ? event(EventKind::reloaded,
                       "reloaded by " + owner + ": " +
                           counted(fleet_.policies.size(), "policy", "policies"),
                       Severity::info)
               : event(EventKind::reload_refused,
                       "reload by " + owner +
                           " refused, the old policies stay in force: " + first_line(reload_error_),
                       Severity::error));
    service_.ready(counted(fleet_.policies.size(), "policy", "policies"));
    loop_->ring();
    reloading_ = false;
    if (std::exchange(reload_again_, false)) {
        scope_.spawn("reloading", reload_by_signal());
    }
    if (!result) {
        co_return fail(std::move(result).error());
    }
    co_return warnings;
}

asio::awaitable<Result<std::vector<Event>>> App::events(EventQuery query) {
    co_return co_await store_->events(std::move(query));
}

asio::awaitable<Result<std::string>> App::explain(std::string name, TimePoint at) {
    EventQuery query{.policy = name, .until = at, .limit = 1, .kind = EventKind::decision};
    const auto found = co_await store_->events(std::move(query));
    if (!found) {
        co_return fail(found.error());
    }
    if (found->empty()) {
        co_return fail(
            ErrorCode::not_found,
            "the journal has no decision of " + name + " at or before " + policy::instant(at));
    }
    const LivePolicy* policy = find_policy(fleet_, name);
    Result<Recomputed> again =
        fail(ErrorCode::not_found, "the policy file has no such policy any more");
    if (policy != nullptr) {  // not here: a schedule is compiled for that time
        again = co_await asio::co_spawn(
            reader_, recompute_beside(found->front(), policy->config), asio::use_awaitable);
    }
    co_return recomputed_json(found->front(), again);
}

}  // namespace tided::daemon
