// Ticker: the only place of the project that waits.
#pragma once

#include <memory>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "policy/vocab/time.h"

namespace tided::daemon {

/// Waits `d` on the caller's executor; ends early when the coroutine is cancelled.
[[nodiscard]] boost::asio::awaitable<void> wait_for(Duration d);

/// A wait that somebody else can end.
class Alarm {
public:
    explicit Alarm(boost::asio::any_io_executor io);
    ~Alarm();
    Alarm(const Alarm&) = delete;
    Alarm& operator=(const Alarm&) = delete;

    /// Returns after `d`, or at the next ring(), or at once if it rang since the last wait.
    /// One waiter at a time.
    [[nodiscard]] boost::asio::awaitable<void> wait(Duration d);

    void ring();

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace tided::daemon
