// Fetcher: drives the lanes of a source and says when the source is lost or back.
#pragma once

#include <functional>
#include <memory>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "daemon/clock.h"
#include "daemon/fleet.h"
#include "daemon/scope.h"
#include "daemon/telemetry/announcer.h"
#include "daemon/telemetry/telemetry.h"

namespace tided::daemon {

class Fetcher {
public:
    /// All of it outlives the fetcher.
    Fetcher(boost::asio::any_io_executor io,
            Clock& clock,
            Scope& scope,
            Announcer& announcer,
            Telemetry& telemetry)
        : io_(std::move(io)),
          clock_(clock),
          scope_(scope),
          announcer_(announcer),
          telemetry_(telemetry) {}

    /// Fetches the lanes of `source` when they are due until it is retired.
    [[nodiscard]] boost::asio::awaitable<void> look_after(std::shared_ptr<LiveSource> source);

    /// After the source was asked new questions its lanes may have changed.
    void lay_out_lanes(LiveSource& source);

    /// Fetches every lane once, for a run without a loop.
    [[nodiscard]] boost::asio::awaitable<void> fetch_all(std::shared_ptr<LiveSource> source);

private:
    [[nodiscard]] boost::asio::awaitable<TimePoint> fetch(LiveSource& source, std::size_t lane);
    void follow_lanes(LiveSource& source);
    void move_lanes(LiveSource& source);
    void heed_outcome(LiveSource& source, const metrics::Fetched& fetched);
    void tell_health(LiveSource& source);
    void tell_discovery(LiveSource& source, const std::string& error);

    boost::asio::any_io_executor io_;
    Clock& clock_;
    Scope& scope_;
    Announcer& announcer_;
    Telemetry& telemetry_;
};

}  // namespace tided::daemon
