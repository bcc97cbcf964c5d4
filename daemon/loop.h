// Loop: one tick pass over all policies that are due, on the I/O thread, without I/O.
// loop.cpp reads from top to bottom as the route of one datum:
//
//   readings -> observed -> decision -> plan -> step handed to its pool -> event, state, view
//
// Nothing flows back: the effect of a step returns only as the next observation.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "daemon/clock.h"
#include "daemon/executor.h"
#include "daemon/fleet.h"
#include "daemon/standing_orders.h"
#include "daemon/state/store.h"
#include "daemon/telemetry/announcer.h"
#include "daemon/telemetry/telemetry.h"
#include "daemon/ticker.h"

namespace tided::daemon {

struct LoopPorts {
    Clock& clock;
    Announcer& announcer;
    Telemetry& telemetry;
    Executor& executor;
    StandingOrders& orders;
    std::function<void()> feed_watchdog;
    std::function<bool()> store_is_behind;        ///< true: keep changes for the next tick
    std::function<void()> save;                   ///< has take_changes() written, does not wait
    std::function<void(Duration)> on_clock_jump;  ///< sources and rotas rebase
};

class Loop {
public:
    Loop(boost::asio::any_io_executor io, LoopPorts ports, std::uint64_t boot);

    /// Ticks until stop(). `fleet` is looked up anew after every wait: a reload may replace it.
    [[nodiscard]] boost::asio::awaitable<void> run(Fleet& fleet, const config::Daemon& options);

    /// Evaluates every policy once, now.
    void tick_all(Fleet& fleet, const config::Daemon& options);

    /// What changed since the last call, as it is now, for one transaction.
    [[nodiscard]] Batch take_changes(Fleet& fleet);

    void stop();
    void ring() { alarm_.ring(); }

    /// Remembers a step that was really made; what is to be written together with it.
    std::optional<PolicyRecord> on_scaled(Fleet& fleet,
                                          const std::string& policy,
                                          Replicas from,
                                          Replicas to);

    [[nodiscard]] bool is_partitioned() const { return partitioned_; }
    [[nodiscard]] std::optional<TimePoint> clock_held_until() const { return clock_held_until_; }

private:
    void tick(Fleet& fleet, const config::Daemon& options, TimePoint now);
    void read(LivePolicy& policy, TimePoint now, const config::Daemon& options);
    void evaluate(LivePolicy& policy, TimePoint now);
    void keep_record(LivePolicy& policy, TimePoint now);
    void act(LivePolicy& policy, TimePoint now);
    void tell_decision(LivePolicy& policy, TimePoint now);
    void tell_freshness(LivePolicy& policy, std::size_t metric, TimePoint now, Duration notice);
    void show(LivePolicy& policy, TimePoint now);
    void judge_partition(const Fleet& fleet, Ratio threshold, TimePoint now);
    void check_clock(Fleet& fleet);
    void look_at_schedules(Fleet& fleet, TimePoint now);
    [[nodiscard]] policy::Circumstances circumstances(const LivePolicy& policy,
                                                      TimePoint now) const;
    [[nodiscard]] Duration until_next(const Fleet& fleet, TimePoint now) const;

    LoopPorts ports_;
    Alarm alarm_;
    std::uint64_t boot_;
    std::uint64_t steps_ = 0;
    bool partitioned_ = false;
    std::optional<TimePoint> clock_held_until_;
    std::optional<TimePoint> schedules_seen_;  ///< when their tables were last looked at
    bool stopped_ = false;
    policy::PolicyState before_;    ///< of the policy at hand, before it decided
    std::vector<LivePolicy*> due_;  ///< of the tick; kept for its memory
};

}  // namespace tided::daemon
