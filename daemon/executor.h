// Executor: one coroutine per pool, the only one that speaks to its actuator. Steps, upkeep and
// observation of a pool are therefore serial, and pools never wait for one another.
//
//   intent written (durable) -> apply -> done | pending: ask again | refused | failed -> written
//
// A step left open by an earlier run is settled by looking: the provider has the number, or not.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "daemon/clock.h"
#include "daemon/fleet.h"
#include "daemon/state/journal.h"
#include "daemon/telemetry/announcer.h"
#include "daemon/telemetry/telemetry.h"

namespace tided::daemon {

/// What the executor uses of the daemon. All of it outlives the executor.
struct ExecutorPorts {
    Clock& clock;
    Journal& journal;
    Announcer& announcer;
    Telemetry& telemetry;
    /// A step of this policy was really made, from .. to: notes the scale event and gives back the
    /// record to be written in one with its outcome.
    std::function<std::optional<PolicyRecord>(const std::string&, Replicas, Replicas)> on_scaled;
};

class Executor {
public:
    explicit Executor(ExecutorPorts ports);

    /// Looks after one pool until it is retired; then closes it.
    [[nodiscard]] boost::asio::awaitable<void> drive(std::shared_ptr<LivePool> pool,
                                                     std::string checkpoint);

    /// Hands a step to the pool's coroutine. REQUIRES: no step is in flight.
    void submit(LivePool& pool, Step step, std::string text);

    /// A step that an earlier run left open.
    void recover(LivePool& pool, const StepRecord& record);

    /// `open` as it is written when nobody will settle it.
    [[nodiscard]] StepRecord abandoned(StepRecord open, std::string why) const;

private:
    [[nodiscard]] boost::asio::awaitable<void> start(LivePool& pool, std::string checkpoint);
    [[nodiscard]] boost::asio::awaitable<void> take_over(LivePool& pool);
    [[nodiscard]] boost::asio::awaitable<void> tend(LivePool& pool);
    [[nodiscard]] boost::asio::awaitable<void> observe(LivePool& pool);
    [[nodiscard]] boost::asio::awaitable<void> advance(LivePool& pool);
    [[nodiscard]] boost::asio::awaitable<void> settle_recovered(LivePool& pool);
    [[nodiscard]] boost::asio::awaitable<bool> write_intent(LivePool& pool);
    [[nodiscard]] boost::asio::awaitable<void> write_pending(LivePool& pool);
    [[nodiscard]] boost::asio::awaitable<void> abandon(LivePool& pool);
    [[nodiscard]] boost::asio::awaitable<void> finish(LivePool& pool, Outcome outcome);
    [[nodiscard]] boost::asio::awaitable<void> save_checkpoint(LivePool& pool);
    [[nodiscard]] boost::asio::awaitable<void> close(LivePool& pool);
    [[nodiscard]] Outcome timed_out(const LivePool& pool) const;
    void rest(LivePool& pool, const Outcome& outcome);
    void tell_notes(LivePool& pool);
    void tell_trouble(LivePool& pool);
    void tell_provider(LivePool& pool, const Status& last_call);
    void look_again(LivePool& pool) const;
    void tell_reach(LivePool& pool, LiveProvider::Failing last);
    [[nodiscard]] StepRecord record(const LivePool& pool) const;
    [[nodiscard]] Event event(const LivePool& pool, EventKind kind, std::string text) const;

    ExecutorPorts ports_;
};

}  // namespace tided::daemon
