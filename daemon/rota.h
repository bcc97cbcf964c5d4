// Rota: things that are due again and again (the lanes of one source), driven by one timer
// with bounded concurrency. A thing never overlaps with itself and never waits for another.
#pragma once

#include <cstddef>
#include <functional>
#include <queue>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "daemon/clock.h"
#include "daemon/scope.h"
#include "daemon/ticker.h"

namespace tided::daemon {

class Rota {
public:
    /// Does thing number `item` once and says when it is due again.
    using Work = std::function<boost::asio::awaitable<TimePoint>(std::size_t item)>;

    struct Options {
        std::string doing;          ///< "fetching from prom": names a bug
        std::size_t at_once = 256;  ///< things under way at the same time
    };

    /// REQUIRES: clock, scope and whatever `work` uses outlive the rota's run().
    Rota(boost::asio::any_io_executor io, Clock& clock, Scope& scope, Options options, Work work);

    /// Runs until stop(). Keep the rota alive until it has returned and nothing is under way.
    [[nodiscard]] boost::asio::awaitable<void> run();

    /// There are now `due.size()` things, due at these instants. Things under way finish, and are
    /// due again only if their number still exists.
    void set(std::vector<TimePoint> due);

    /// One more thing.
    void add(TimePoint due);
    [[nodiscard]] std::size_t size() const { return size_; }
    /// One thing is due at this instant, TimePoint::max() for never; a new number makes room for
    /// it. One under way keeps what its work says at its end.
    void put(std::size_t item, TimePoint due);

    /// Makes a thing due now.
    void wake(std::size_t item);

    /// Shifts all instants after a wall-clock jump.
    void rebase(Duration jump);

    void stop();

    /// When a thing that is under way was due; TimePoint::min() when it was woken.
    [[nodiscard]] TimePoint due(std::size_t item) const { return items_.at(item).due; }
    [[nodiscard]] std::size_t under_way() const { return under_way_; }

private:
    struct Item {
        TimePoint due{};
        bool busy = false;
        bool again = false;  ///< woken while busy
    };

    /// A place in the queue. It counts only if its item is still due then and not under way.
    struct Place {
        TimePoint due{};
        std::size_t item = 0;
        friend bool operator>(const Place& a, const Place& b) { return a.due > b.due; }
    };

    [[nodiscard]] boost::asio::awaitable<void> do_one(std::size_t item);
    void queue(std::size_t item, TimePoint due);
    void start_due(TimePoint now);
    [[nodiscard]] bool counts(const Place& place) const;
    [[nodiscard]] Duration until_next(TimePoint now);

    Clock& clock_;
    Scope& scope_;
    Options options_;
    Work work_;
    Alarm alarm_;
    std::vector<Item> items_;  ///< and those under way whose number is no more
    std::size_t size_ = 0;
    std::priority_queue<Place, std::vector<Place>, std::greater<>> queue_;
    std::size_t under_way_ = 0;
    std::size_t generation_ = 0;
    bool stopped_ = false;
};

}  // namespace tided::daemon
