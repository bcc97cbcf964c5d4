#include "daemon/app.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <utility>

#include "daemon/processes/process_runner.h"
#include "daemon/telemetry/logging.h"
#include "daemon/version.h"

namespace tided::daemon {
namespace asio = boost::asio;
namespace {

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
    if (journal_->backlog() > 0) {
        std::_Exit(exit_code_);  // see write_end()
    }
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
    journal_ = std::make_unique<Journal>(*store_, clock_, announcer_);
    recall();
    notifier_ = std::make_unique<Notifier>(io_.get_executor(), network_, telemetry_);
    executor_ = std::make_unique<Executor>(
        ExecutorPorts{.clock = clock_,
                      .journal = *journal_,
                      .announcer = announcer_,
                      .telemetry = telemetry_,
                      .on_scaled = [this](const std::string& policy, Replicas from, Replicas to) {
                          return loop_->on_scaled(fleet_, policy, from, to);
                      }});
    loop_ = std::make_unique<Loop>(
        io_.get_executor(),
        LoopPorts{.clock = clock_,
                  .announcer = announcer_,
                  .telemetry = telemetry_,
                  .executor = *executor_,
                  .orders = orders_,
                  .feed_watchdog = [this] { service_.watchdog(); },
                  .store_is_behind = [this] { return journal_->backlog() >= most_unwritten_ticks; },
                  .save = [this] { scope_.spawn("writing the state", save()); },
                  .on_clock_jump = [this](Duration jump) { on_clock_jump(jump); }},
        memory_.boot);
    registrar_ = std::make_unique<Registrar>(
        RegistrarPorts{.clock = clock_,
                       .journal = *journal_,
                       .announcer = announcer_,
                       .telemetry = telemetry_,
                       .memory = memory_,
                       .workshop = [this] { return workshop(); },
                       .start = [this](const auto& done) { start_instances(done); }});
    if (Status changed = change_to(config_); !changed) {
        return changed;
    }
    heed_restart_gap();
    at_start_ = recover_steps();
    return options_.once ? Status{} : listen();
}

/// What the last run left.
void App::recall() {
    memory_ = store_->snapshot();
    for (const Damage& damage : memory_.damage) {
        log(LogLevel::error,
            damage.policy + ": what it has learned begins anew: " + damage.message +
                "; what was stored is kept as the fact " + damage.fact + " of the state");
    }
    orders_.recall(memory_.facts,
                   [](const std::string& problem) { log(LogLevel::error, problem); });
    const auto known = memory_.facts.find("state_id");
    state_id_ = known == memory_.facts.end() ? new_state_id() : known->second;
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
void App::heed_restart_gap() {
    const auto stored = memory_.facts.find("wall");
    if (stored == memory_.facts.end()) {
        return;
    }
    const TimePoint last{Duration{std::strtoll(stored->second.c_str(), nullptr, 10)}};
    const Duration back = clock_.now() - last;
    if (back < Duration{0}) {
        for (auto& policy : fleet_.policies) {
            policy::rebase(policy->state, back);
            if (policy->pause) {
                policy->pause->shift(back);
            }
        }
        rebase_usages(fleet_, back, clock_.now());
        orders_.shift(back);
        for (StepRecord& step : memory_.open_steps) {
            step.intended_at += back;
        }
        log(LogLevel::warn,
            "the wall clock is " + to_string(-back) +
                " behind the last run's: history is moved back with it");
    }
}

/// Each pool takes up the newest step it left open; whatever else is open has nobody to settle it.
Batch App::recover_steps() {
    Batch surplus;
    for (auto record = memory_.open_steps.rbegin(); record != memory_.open_steps.rend(); ++record) {
        const auto pool =
            std::find_if(fleet_.pools.begin(), fleet_.pools.end(), [&](const auto& candidate) {
                return candidate->identity == record->identity && !candidate->step;
            });
        if (pool != fleet_.pools.end()) {
            executor_->recover(**pool, *record);
            continue;
        }
        surplus.steps.push_back(executor_->abandoned(
            *record, "left open by an earlier run, and no pool of the policy file settles it"));
    }
    return surplus;
}

/// Those of them that are not. Thousands do not ask their provider at one instant, neither now nor
/// an interval later.
void App::start(const std::vector<std::shared_ptr<LivePool>>& pools) {
    Duration later{};
    for (const auto& pool : pools) {
        if (std::exchange(pool->started, true)) {
            continue;
        }
        const auto stored = memory_.checkpoints.find(pool->identity);
        const bool known = stored != memory_.checkpoints.end();
        pool->first_look = std::min(later, pool->config.observe_interval);
        later += std::chrono::milliseconds{4};  // about what starting a program takes
        scope_.spawn("looking after pool " + pool->config.name,
                     executor_->drive(pool, known ? stored->second : ""));
    }
}

void App::start_instances(const Amendment::Done& done) {
    start(done.new_pools);
    for (const auto& source : done.asked_anew) {
        if (source->rota) {
            fetcher_.lay_out_lanes(*source);
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
    start(fleet_.pools);
    for (const auto& former : before.templates) {
        telemetry_.forget_template(former->config.policy.spec.name);
        if (!goes_on(*former, fleet_) && former->roster.size() > 0) {
            registrar_->tell_removed(*former);
        }
    }
    registrar_->rows_changed();
    for (const auto& source : before.sources) {
        if (source->retired && source->rota) {
            source->rota->stop();
            telemetry_.forget_source(source->config.name);
        }
    }
    const Index<LivePool> now{fleet_.pools};
    for (const auto& pool : before.pools) {
        pool->alarm.ring();
        if (!now.find(pool->config.name)) {
            telemetry_.forget_pool(pool->config.name);
        }
    }
}

}  // namespace tided::daemon
