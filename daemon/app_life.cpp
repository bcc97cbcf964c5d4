// The life of the daemon after everything is open: running, one look, shutting down.
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <utility>
#include <variant>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "daemon/app.h"
#include "daemon/counted.h"
#include "daemon/footprint.h"
#include "daemon/telemetry/logging.h"
#include "daemon/version.h"

namespace tided::daemon {
namespace asio = boost::asio;
namespace {

constexpr Duration stall_probe = std::chrono::milliseconds{100};
constexpr std::size_t probes_per_gauge = 10;
constexpr Duration roster_period = std::chrono::milliseconds{500};
constexpr Duration survey_period = std::chrono::milliseconds{250};
constexpr Duration last_write_patience = std::chrono::seconds{2};

}  // namespace

asio::awaitable<void> App::live() {
    co_await write_start();
    start_new(Fleet{});
    const std::string addresses = [this] {
        std::string all;
        for (const std::string& address : server_->addresses()) {
            all += (all.empty() ? "" : ", ") + address;
        }
        return all;
    }();
    announcer_.tell(event(EventKind::started,
                          std::string{"tided "} + version() + " runs " +
                              counted(fleet_.policies.size(), "policy", "policies") + " in mode " +
                              (config_.daemon.mode == config::Mode::act ? "act" : "dry-run") +
                              ", listening on " + addresses,
                          Severity::info));
    telemetry_.reload(true, clock_.now());
    leave_start_behind();
    service_.ready(counted(fleet_.policies.size(), "policy", "policies"));
    scope_.spawn("ticking", loop_->run(fleet_, config_.daemon));
    scope_.spawn("measuring stalls", measure_stalls());
    scope_.spawn("keeping rosters", keep_rosters());
    scope_.spawn("sizing instances", keep_sizes());
    scope_.spawn("heeding signals", heed_signals());
    while (!stopping_ && exit_code_ == 0) {
        co_await ending_.wait(std::chrono::hours{1});
    }
    scope_.spawn("shutting down", shut_down());
}

asio::awaitable<void> App::live_once() {
    co_await write_start();
    start_new(Fleet{});
    const Deadline patience = Clock::deadline_in(std::chrono::seconds{10});
    const auto waiting = [this] {
        for (const auto& pool : fleet_.pools) {
            if (!pool->observed && pool->observe_error.empty()) {
                return true;
            }
        }
        return false;
    };
    for (const auto& source : fleet_.sources) {
        co_await fetcher_.fetch_all(source);
    }
    bool has_more = false;
    while (registrar_->look(fleet_, config_.daemon.mode)) {
        has_more = true;
    }
    for (std::size_t i = 0; has_more && i < fleet_.sources.size(); ++i) {
        co_await fetcher_.fetch_all(fleet_.sources[i]);  // what the instances ask
    }
    co_await registrar_->write(fleet_, config_.daemon.journal_retention);
    while (waiting() && std::chrono::steady_clock::now() < patience.at) {
        co_await wait_for(std::chrono::milliseconds{20});
    }
    loop_->tick_all(fleet_, config_.daemon);
    for (std::size_t i = 0; i < board_.count(); ++i) {
        std::printf("%s\n", board_.at(i).last_reason.c_str());
    }
    stopping_ = true;
    scope_.spawn("shutting down", shut_down());
}

/// Runs last: everything else has been told to stop, or is told here. Pools at rest end at once;
/// one with a step in flight gets what its children's grace leaves of the time.
asio::awaitable<void> App::shut_down() {
    service_.stopping();
    telemetry_.set_ready(false);
    loop_->stop();
    const Deadline deadline = Clock::deadline_in(config_.daemon.shutdown_timeout);
    for (const auto& source : fleet_.sources) {
        if (source->rota) {
            source->rota->stop();
        }
    }
    const Deadline settled{deadline.at - longest_grace()};
    while (retire_pools_at_rest() && std::chrono::steady_clock::now() < settled.at) {
        co_await wait_for(std::chrono::milliseconds{10});
    }
    co_await close_pools(deadline);
    if (server_) {
        co_await server_->close(Clock::deadline_in(std::chrono::seconds{1}));
    }
    announcer_.tell(event(EventKind::stopped, "tided stops", Severity::info));
    co_await write_end();
    co_await notifier_->close(Clock::deadline_in(std::chrono::seconds{2}));
    io_.stop();
}

/// The last of the state. A disk that does not answer is not waited for: run() then leaves
/// without the store's thread, which would.
asio::awaitable<void> App::write_end() {
    scope_.spawn("writing the state", save());
    scope_.spawn("writing what is known of usage", write_usages(Hurry::now));
    const Deadline limit = Clock::deadline_in(last_write_patience);
    do {
        co_await wait_for(std::chrono::milliseconds{2});
    } while (journal_->backlog() > 0 && std::chrono::steady_clock::now() < limit.at);
    if (journal_->backlog() > 0) {
        log(LogLevel::error,
            "the disk does not answer: what happened since it last did is not in the state; the "
            "next start asks the providers");
        exit_code_ = 1;
    }
}

/// True while a step is in flight.
bool App::retire_pools_at_rest() {
    bool is_busy = false;
    for (const auto& pool : fleet_.pools) {
        if (pool->step) {
            is_busy = true;
        } else if (!std::exchange(pool->retired, true)) {
            pool->alarm.ring();
        }
    }
    return is_busy;
}

asio::awaitable<void> App::close_pools(Deadline deadline) {
    for (const auto& pool : fleet_.pools) {
        if (pool->step) {
            log(LogLevel::warn,
                "pool " + pool->config.name + ": the step " + to_string(pool->step->step.from) +
                    " -> " + to_string(pool->step->step.to) +
                    " is still in flight; the next start settles it");
        }
        pool->retired = true;
        pool->alarm.ring();
    }
    const auto is_open = [](const auto& pool) { return !pool->closed; };
    const auto& pools = fleet_.pools;
    while (std::any_of(pools.begin(), pools.end(), is_open) &&
           std::chrono::steady_clock::now() < deadline.at) {
        co_await wait_for(std::chrono::milliseconds{10});
    }
    for (const auto& pool : pools) {
        if (!pool->closed) {
            log(LogLevel::warn,
                "pool " + pool->config.name + " did not end within shutdown_timeout " +
                    to_string(config_.daemon.shutdown_timeout));
        }
    }
}

/// Of the children that end with the daemon.
Duration App::longest_grace() const {
    Duration longest{0};
    for (const auto& pool : fleet_.pools) {
        const auto* spec = std::get_if<actuators::ProcessPoolSpec>(&pool->config.spec);
        if (spec != nullptr && !spec->keep) {
            longest = std::max(longest, spec->stop_grace);
        }
    }
    return std::min(longest, config_.daemon.shutdown_timeout);
}

/// What must be durable before any child could carry it, and what recovery has settled.
asio::awaitable<void> App::write_start() {
    Batch batch = std::exchange(at_start_, {});
    batch.facts["state_id"] = state_id_;
    if (const Status written = co_await journal_->commit(std::move(batch), Durability::full);
        !written) {
        log(LogLevel::error, "the state cannot be written: " + written.error().message);
        exit_code_ = 1;
    }
}

asio::awaitable<void> App::save() {
    const auto begin = std::chrono::steady_clock::now();
    Batch batch = loop_->take_changes(fleet_);
    const Batch orders = orders_.changes();
    batch.facts.insert(orders.facts.begin(), orders.facts.end());
    batch.dropped_facts = orders.dropped_facts;
    if (batch.empty() && !announcer_.has_news()) {
        co_return;
    }
    const Status written = co_await journal_->commit(std::move(batch), Durability::tick);
    if (!written) {
        orders_.not_written(orders);
    }
    telemetry_.state_commit(
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count(),
        written.has_value());
}

void App::show_gauges() {
    std::size_t in_flight = 0;
    for (const auto& pool : fleet_.pools) {
        in_flight += pool->step ? 1U : 0U;
    }
    telemetry_.steps_in_flight(in_flight);
    telemetry_.state_backlog(journal_->backlog());
    telemetry_.self_partitioned(loop_->is_partitioned());
    for (const auto& source : fleet_.sources) {
        const metrics::SourceHealth health = source->source->health();
        telemetry_.source_health(source->config.name, health);
        count_odd_samples(*source, health.odd);
        if (health.finds_targets) {
            telemetry_.targets(
                source->config.name, health.lanes, health.dropped, !health.discovery_error.empty());
        }
    }
    telemetry_.set_ready(not_ready().empty());
}

void App::count_odd_samples(LiveSource& source, const metrics::OddSamples& seen) {
    const metrics::OddSamples before = std::exchange(source.counted, seen);
    const std::string& name = source.config.name;
    telemetry_.odd_samples(name, "conflicting", seen.conflicting - before.conflicting);
    telemetry_.odd_samples(name, "out_of_order", seen.out_of_order - before.out_of_order);
    telemetry_.odd_samples(name, "ahead", seen.ahead - before.ahead);
    telemetry_.odd_samples(name, "out_of_range", seen.out_of_range - before.out_of_range);
    telemetry_.odd_samples(name, "malformed", seen.malformed - before.malformed);
}

asio::awaitable<void> App::measure_stalls() {
    for (std::size_t round = 0; !stopping_; ++round) {
        if (round % probes_per_gauge == 0) {
            show_gauges();
        }
        const auto begin = std::chrono::steady_clock::now();
        co_await wait_for(stall_probe);
        const auto late = std::chrono::steady_clock::now() - begin - stall_probe;
        telemetry_.stall(std::max(0.0, std::chrono::duration<double>(late).count()));
    }
}

asio::awaitable<void> App::keep_rosters() {
    while (!stopping_) {
        if (registrar_->look(fleet_, config_.daemon.mode)) {
            loop_->ring();
        }
        co_await registrar_->write(fleet_, config_.daemon.journal_retention);
        co_await wait_for(roster_period);
    }
}

asio::awaitable<void> App::keep_sizes() {
    while (!stopping_) {
        survey(fleet_, clock_.now());
        co_await write_usages(Hurry::none);
        co_await wait_for(survey_period);
    }
}

asio::awaitable<void> App::write_usages(Hurry hurry) {
    Batch batch;
    batch.usages = take_usages(fleet_, clock_.now(), hurry);
    if (batch.empty()) {
        co_return;
    }
    std::vector<std::string> policies;
    for (const UsageRecord& usage : batch.usages) {
        policies.push_back(usage.policy);
    }
    keep_unreadable(fleet_, batch);
    if (co_await journal_->commit(std::move(batch), Durability::tick)) {
        forget_unreadable(fleet_, policies);
    } else {
        not_written(fleet_, policies);
    }
}

asio::awaitable<void> App::heed_signals() {
    asio::signal_set signals{io_.get_executor(), SIGTERM, SIGINT, SIGHUP};
    signals.add(SIGUSR1);
    while (!stopping_) {
        const auto [error, number] =
            co_await signals.async_wait(asio::as_tuple(asio::use_awaitable));
        if (error) {
            co_return;
        }
        if (number == SIGHUP) {
            scope_.spawn("reloading", reload_by_signal());
        } else if (number == SIGUSR1) {
            static_cast<void>(set_up_logging(config_.daemon.log_level, config_.daemon.log_file));
        } else {
            stopping_ = true;
            ending_.ring();
        }
    }
}

/// A signal that comes while a reload is under way asks for one more: the file may have changed
/// after it was read.
asio::awaitable<void> App::reload_by_signal() {
    if (reloading_) {
        reload_again_ = true;
        co_return;
    }
    static_cast<void>(co_await reload("signal SIGHUP"));
}

void App::on_clock_jump(Duration jump) {
    started_ += jump;
    registrar_->rebase(fleet_, jump);
    rebase_usages(fleet_, jump, clock_.now());
    for (const auto& source : fleet_.sources) {
        source->source->rebase(jump);
        if (source->rota) {
            source->rota->rebase(jump);
        }
    }
}

}  // namespace tided::daemon
