// App: the daemon as a whole. It owns everything that lives as long as the process, puts the
// fleet on, takes reloads and orders, and ends in good order.
//
//   start: state -> fleet -> listeners -> ready      stop: no new steps -> open steps finish or
//   are left to the next run -> pools close -> state written -> gone
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>

#include "daemon/clock.h"
#include "daemon/config/load.h"
#include "daemon/executor.h"
#include "daemon/fetcher.h"
#include "daemon/fleet.h"
#include "daemon/loop.h"
#include "daemon/registrar.h"
#include "daemon/scope.h"
#include "daemon/server/board.h"
#include "daemon/server/http_server.h"
#include "daemon/server/routes.h"
#include "daemon/service_manager.h"
#include "daemon/standing_orders.h"
#include "daemon/state/journal.h"
#include "daemon/state/store.h"
#include "daemon/survey.h"
#include "daemon/telemetry/announcer.h"
#include "daemon/telemetry/notify.h"
#include "daemon/telemetry/telemetry.h"

namespace tided::daemon {

struct AppOptions {
    std::string config_path;
    config::Confinement confinement;
    bool once = false;  ///< one evaluation of every policy, then the end
};

class App : public Control {
public:
    App(AppOptions options, config::Config config);
    ~App() override;

    /// Runs to the end. The exit code; errors have been logged.
    [[nodiscard]] int run();

    [[nodiscard]] const PolicyViews& policies() const override { return board_; }
    [[nodiscard]] StatusView status() const override;
    [[nodiscard]] std::vector<std::string> not_ready() const override;
    [[nodiscard]] boost::asio::awaitable<Result<std::vector<std::string>>> reload(
        std::string owner) override;
    [[nodiscard]] boost::asio::awaitable<Status> pause(std::string policy,
                                                       policy::Pause pause) override;
    [[nodiscard]] boost::asio::awaitable<Status> resume(std::string policy,
                                                        std::string owner) override;
    [[nodiscard]] boost::asio::awaitable<Result<std::string>> explain(std::string policy,
                                                                      TimePoint at) override;
    [[nodiscard]] boost::asio::awaitable<Status> approve(std::string policy,
                                                         policy::Approval approval) override;
    [[nodiscard]] boost::asio::awaitable<Status> withdraw(std::string policy,
                                                          std::string owner) override;
    [[nodiscard]] boost::asio::awaitable<Status> brake(policy::Brake brake) override;
    [[nodiscard]] boost::asio::awaitable<Status> release(std::string owner) override;
    [[nodiscard]] Result<std::vector<NamedCheckpoint>> checkpoints(
        const std::string& policy) override;
    [[nodiscard]] boost::asio::awaitable<Status> import(std::string policy,
                                                        std::vector<NamedCheckpoint> checkpoints,
                                                        std::string owner) override;
    [[nodiscard]] boost::asio::awaitable<Result<std::vector<Event>>> events(
        EventQuery query) override;
    [[nodiscard]] Telemetry& telemetry() override { return telemetry_; }

private:
    [[nodiscard]] Status open();
    void recall();
    [[nodiscard]] Status listen();
    [[nodiscard]] boost::asio::awaitable<void> live();
    [[nodiscard]] boost::asio::awaitable<void> live_once();
    [[nodiscard]] boost::asio::awaitable<void> shut_down();
    [[nodiscard]] boost::asio::awaitable<void> measure_stalls();
    [[nodiscard]] boost::asio::awaitable<void> keep_rosters();
    [[nodiscard]] boost::asio::awaitable<void> keep_sizes();
    [[nodiscard]] boost::asio::awaitable<void> write_usages(Hurry hurry);
    [[nodiscard]] boost::asio::awaitable<void> heed_signals();
    [[nodiscard]] boost::asio::awaitable<void> reload_by_signal();
    [[nodiscard]] boost::asio::awaitable<void> write_start();
    [[nodiscard]] boost::asio::awaitable<void> write_end();
    [[nodiscard]] boost::asio::awaitable<void> save();
    [[nodiscard]] boost::asio::awaitable<Status> write_pause(LivePolicy& policy, Event event);
    [[nodiscard]] boost::asio::awaitable<Status> write_orders(Event event, std::string_view but);
    [[nodiscard]] Status change_to(config::Config next);
    [[nodiscard]] Status check_restart_free(const config::Daemon& next) const;
    [[nodiscard]] Workshop workshop();
    void start_new(const Fleet& before);
    void start(const std::vector<std::shared_ptr<LivePool>>& pools);
    void start_instances(const Amendment::Done& done);
    void remember_retired(const Fleet& before);
    [[nodiscard]] std::vector<std::string> unheard() const;
    [[nodiscard]] Batch recover_steps();
    [[nodiscard]] bool retire_pools_at_rest();
    [[nodiscard]] boost::asio::awaitable<void> close_pools(Deadline deadline);
    [[nodiscard]] Duration longest_grace() const;
    void heed_restart_gap();
    void show_gauges();
    void count_odd_samples(LiveSource& source, const metrics::OddSamples& seen);
    void hear(const Event& event);
    void on_clock_jump(Duration jump);
    [[nodiscard]] Event event(EventKind kind, std::string text, Severity severity) const;

    AppOptions options_;
    config::Config config_;
    boost::asio::io_context io_{1};
    boost::asio::thread_pool reader_{1};  ///< reads and compiles policy files beside the loop
    Clock clock_;
    Scope scope_;  ///< what ends by itself once told to stop
    Announcer announcer_;
    Telemetry telemetry_;
    ServiceManager service_;
    Network network_;
    std::unique_ptr<actuators::Processes> processes_;
    std::unique_ptr<StateStore> store_;
    std::unique_ptr<Journal> journal_;
    StandingOrders orders_;
    Snapshot memory_;  ///< of the last run, and of what reloads have taken away since
    std::unique_ptr<Notifier> notifier_;
    Fleet fleet_;
    Board board_{fleet_};
    Fetcher fetcher_;
    std::unique_ptr<Executor> executor_;
    std::unique_ptr<Loop> loop_;
    std::unique_ptr<Registrar> registrar_;
    std::unique_ptr<HttpServer> server_;
    Alarm ending_;
    TimePoint started_;
    std::string state_id_;  ///< made once with the state directory
    Batch at_start_;        ///< what recovery settled, to be written first
    mutable bool was_ready_ = false;
    bool stopping_ = false;
    bool reloading_ = false;
    bool reload_again_ = false;  ///< a signal asked for it meanwhile
    std::string reload_error_;
    int exit_code_ = 0;
};

}  // namespace tided::daemon
