#include "daemon/app.h"

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "daemon/processes/process_runner.h"
#include "daemon/telemetry/logging.h"
#include "daemon/version.h"

namespace tided::daemon {
namespace asio = boost::asio;
namespace {

constexpr Duration stall_probe = std::chrono::milliseconds{100};
constexpr std::size_t probes_per_gauge = 10;
constexpr std::size_t most_unwritten_ticks = 3;

std::string new_state_id() {
    std::random_device random;
    std::array<char, 17> text{};
    std::snprintf(text.data(), text.size(), "%08x%08x", random(), random());
    return text.data();
}

}  // namespace

App::App(AppOptions options, config::Config config)
    : options_(std::move(options)),
      config_(std::move(config)),
      scope_(io_.get_executor(),
             [this](const std::string& doing, const std::string& bug) {
                 log(LogLevel::error, "bug while " + doing + ": " + bug);
                 exit_code_ = 70;
                 ending_.ring();
             }),
      network_(io_.get_executor()),
      fetcher_(io_.get_executor(), clock_, scope_, announcer_, telemetry_),
      ending_(io_.get_executor()),
      started_(clock_.now()) {
    announcer_.add([this](const Event& event) { hear(event); });
    telemetry_.build(version(), build());
}

App::~App() = default;

void App::hear(const Event& event) {
    log(event);
    telemetry_.count(event);
    if (notifier_) {
        notifier_->tell(event);
    }
}

Event App::event(EventKind kind, std::string text, Severity severity) const {
    Event event;
    event.kind = kind;
    event.severity = severity;
    event.at = clock_.now();
    event.text = std::move(text);
    return event;
}

int App::run() {
    if (Status opened = open(); !opened) {
        log(LogLevel::error, opened.error().message);
        return 1;
    }
    scope_.spawn("running", options_.once ? live_once() : live());
    io_.run();
    return exit_code_;
}

/// State, executor, loop, fleet: all that can fail before anything is shown to the world.
Status App::open() {
    processes_ =
        make_process_runner(io_.get_executor(),
                            {.on_line =
                                 [](std::string_view label, std::string_view line, bool is_error) {
                                     log(is_error ? LogLevel::warn : LogLevel::info,
                                         std::string{label} + ": " + std::string{line});
                                 },
                             .on_exit =
                                 [this] {
                                     for (const auto& pool : fleet_.pools) {
                                         pool->alarm.ring();
                                     }
                                 }});
    auto store = StateStore::open({.directory = config_.daemon.state,
                                   .retention = config_.daemon.journal_retention,
                                   .event_limit = config_.daemon.journal_limit},
                                  io_.get_executor());
    if (!store) {
        return fail(std::move(store).error());
    }
    store_ = std::move(*store);
    memory_ = store_->snapshot();
    const auto known = memory_.facts.find("state_id");
    state_id_ = known == memory_.facts.end() ? new_state_id() : known->second;
    notifier_ = std::make_unique<Notifier>(io_.get_executor(), network_, telemetry_);
    executor_ = std::make_unique<Executor>(
        ExecutorPorts{.clock = clock_,
                      .store = *store_,
                      .announcer = announcer_,
                      .telemetry = telemetry_,
                      .on_scaled =
                          [this](const std::string& policy, Replicas from, Replicas to, TimePoint) {
                              loop_->on_scaled(fleet_, policy, from, to);
                          },
                      .on_observed = [] {}});
    loop_ = std::make_unique<Loop>(
        io_.get_executor(),
        LoopPorts{
            .clock = clock_,
            .announcer = announcer_,
            .telemetry = telemetry_,
            .executor = *executor_,
            .feed_watchdog = [this] { service_.watchdog(); },
            .store_is_behind = [this] { return store_->backlog() >= most_unwritten_ticks; },
            .save =
                [this](Batch batch) { scope_.spawn("writing the state", save(std::move(batch))); },
            .on_clock_jump = [this](Duration jump) { on_clock_jump(jump); }},
        memory_.boot);
    if (Status changed = change_to(config_); !changed) {
        return changed;
    }
    heed_restart_gap();
    recover_steps();
    return options_.once ? Status{} : listen();
}

Status App::listen() {
    auto server = HttpServer::listen(
        io_.get_executor(),
        config_.daemon.listen,
        config_.daemon.control_socket,
        [this](HttpRequest request) { return route(*this, std::move(request)); });
    if (!server) {
        return fail(std::move(server).error());
    }
    server_ = std::move(*server);
    return {};
}

/// A wall clock that was set back while we were away would leave history in the future.
/// And what ended long ago says nothing about the time we were away.
void App::heed_restart_gap() {
    for (auto& policy : fleet_.policies) {
        policy::resume(policy->config.spec, policy->state, clock_.now());
    }
    const auto stored = memory_.facts.find("wall");
    if (stored == memory_.facts.end()) {
        return;
    }
    const TimePoint last{Duration{std::strtoll(stored->second.c_str(), nullptr, 10)}};
    const Duration back = clock_.now() - last;
    if (back < Duration{0}) {
        for (auto& policy : fleet_.policies) {
            policy::rebase(policy->state, back);
        }
        log(LogLevel::warn,
            "the wall clock is " + to_string(-back) +
                " behind the last run's: history is moved back with it");
    }
}

void App::recover_steps() {
    for (const StepRecord& record : memory_.open_steps) {
        for (auto& pool : fleet_.pools) {
            if (pool->identity == record.identity && !pool->step) {
                executor_->recover(*pool, record);
            }
        }
    }
}

/// Starts what is in the fleet and was not in `before`.
void App::start_new(const Fleet& before) {
    for (const auto& source : fleet_.sources) {
        telemetry_.declare_source(source->config.name);
        if (source->rota) {
            fetcher_.lay_out_lanes(*source);
        } else {
            scope_.spawn("reading source " + source->config.name, fetcher_.look_after(source));
        }
    }
    for (const auto& provider : fleet_.providers) {
        telemetry_.declare_provider(provider->config.name);
    }
    for (const auto& pool : fleet_.pools) {
        if (!pool->started) {
            const auto stored = memory_.checkpoints.find(pool->identity);
            const bool known = stored != memory_.checkpoints.end();
            pool->started = true;
            scope_.spawn("looking after pool " + pool->config.name,
                         executor_->drive(pool, known ? stored->second : ""));
        }
    }
    for (const auto& source : before.sources) {
        if (source->retired && source->rota) {
            source->rota->stop();
            telemetry_.forget_source(source->config.name);
        }
    }
    for (const auto& pool : before.pools) {
        pool->alarm.ring();
    }
}

/// Durable before any child could carry it.
asio::awaitable<void> App::keep_state_id() {
    Batch batch;
    batch.facts["state_id"] = state_id_;
    if (const Status written = co_await store_->commit(std::move(batch), Durability::full);
        !written) {
        log(LogLevel::error, "the state cannot be written: " + written.error().message);
        exit_code_ = 1;
    }
}

asio::awaitable<void> App::live() {
    co_await keep_state_id();
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
                              std::to_string(fleet_.policies.size()) + " policies in mode " +
                              (config_.daemon.mode == config::Mode::act ? "act" : "dry-run") +
                              ", listening on " + addresses,
                          Severity::info));
    telemetry_.reload(true, clock_.now());
    telemetry_.set_ready(true);
    service_.ready(std::to_string(fleet_.policies.size()) + " policies");
    scope_.spawn("ticking", loop_->run(fleet_, config_.daemon));
    scope_.spawn("measuring stalls", measure_stalls());
    scope_.spawn("heeding signals", heed_signals());
    while (!stopping_ && exit_code_ == 0) {
        co_await ending_.wait(std::chrono::hours{1});
    }
    scope_.spawn("shutting down", shut_down());
}

asio::awaitable<void> App::live_once() {
    co_await keep_state_id();
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

/// Runs last: everything else has been told to stop, or is told here.
asio::awaitable<void> App::shut_down() {
    service_.stopping();
    telemetry_.set_ready(false);
    loop_->stop();
    const Deadline deadline = Clock::deadline_in(config_.daemon.shutdown_timeout);
    const auto busy = [this] {
        for (const auto& pool : fleet_.pools) {
            if (pool->step) {
                return true;
            }
        }
        return false;
    };
    while (busy() && std::chrono::steady_clock::now() < deadline.at) {
        co_await wait_for(std::chrono::milliseconds{10});
    }
    for (const auto& source : fleet_.sources) {
        if (source->rota) {
            source->rota->stop();
        }
    }
    for (const auto& pool : fleet_.pools) {
        pool->retired = true;
        pool->alarm.ring();
    }
    const auto open = [this] {
        for (const auto& pool : fleet_.pools) {
            if (!pool->closed) {
                return true;
            }
        }
        return false;
    };
    while (open() && std::chrono::steady_clock::now() < deadline.at) {
        co_await wait_for(std::chrono::milliseconds{10});
    }
    if (server_) {
        co_await server_->close(Clock::deadline_in(std::chrono::seconds{1}));
    }
    announcer_.tell(event(EventKind::stopped, "tided stops", Severity::info));
    co_await save(loop_->take_changes());
    co_await notifier_->close(Clock::deadline_in(std::chrono::seconds{2}));
    io_.stop();  // every step is settled, every pool closed, the state written
}

asio::awaitable<void> App::save(Batch batch) {
    const auto begin = std::chrono::steady_clock::now();
    const Status written = co_await store_->commit(std::move(batch), Durability::tick);
    telemetry_.state_commit(
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count(),
        written.has_value());
    if (!written) {
        log(LogLevel::error, "the state cannot be written: " + written.error().message);
    }
}

void App::show_gauges() {
    std::size_t in_flight = 0;
    for (const auto& pool : fleet_.pools) {
        in_flight += pool->step ? 1U : 0U;
    }
    telemetry_.steps_in_flight(in_flight);
    telemetry_.state_backlog(store_->backlog());
    telemetry_.self_partitioned(loop_->is_partitioned());
    for (const auto& source : fleet_.sources) {
        const metrics::SourceHealth health = source->source->health();
        telemetry_.source_lanes(source->config.name, health.lanes, health.failing);
    }
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
            static_cast<void>(co_await reload("signal SIGHUP"));
        } else if (number == SIGUSR1) {
            static_cast<void>(set_up_logging(config_.daemon.log_level, config_.daemon.log_file));
        } else {
            stopping_ = true;
            ending_.ring();
        }
    }
}

void App::on_clock_jump(Duration jump) {
    for (const auto& source : fleet_.sources) {
        source->source->rebase(jump);
        if (source->rota) {
            source->rota->rebase(jump);
        }
    }
}

}  // namespace tided::daemon
