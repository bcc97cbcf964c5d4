// Scope: owns every coroutine that runs beside its starter. Nothing is detached: an exception is
// recorded as a bug, and shutdown waits for all of it or cancels what is left.
#pragma once

#include <cstddef>
#include <functional>
#include <list>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include "policy/vocab/time.h"

namespace tided::daemon {

class Scope {
public:
    /// `on_bug` hears of an exception that left a coroutine: (what it was doing, what was thrown).
    Scope(boost::asio::any_io_executor io,
          std::function<void(const std::string&, const std::string&)> on_bug);
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

    /// Starts `work` on the I/O thread; `doing` names it should it fail ("fetching from prom").
    void spawn(std::string doing, boost::asio::awaitable<void> work);

    [[nodiscard]] std::size_t running() const { return running_.size(); }

    /// Waits until nothing runs; at the deadline cancels the rest and waits for its end.
    /// Not called from inside the scope.
    [[nodiscard]] boost::asio::awaitable<void> drain(Deadline deadline);

    /// Asks everything to end now.
    void cancel();

private:
    struct Work {
        std::string doing;
        boost::asio::cancellation_signal cancel;
        bool ended = false;
    };

    boost::asio::any_io_executor io_;
    std::function<void(const std::string&, const std::string&)> on_bug_;
    std::list<Work> running_;
};

}  // namespace tided::daemon
