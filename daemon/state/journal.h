// Journal: every write of the running daemon to its state goes through here. A write that fails
// loses nothing that has happened: finished steps, checkpoints and events are kept for the next
// one, and the operator is told once that the state cannot be written, and once that it can again.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "daemon/clock.h"
#include "daemon/state/store.h"
#include "daemon/telemetry/announcer.h"

namespace tided::daemon {

class Journal {
public:
    /// All of it outlives the journal and its commits.
    Journal(StateStore& store, const Clock& clock, Announcer& announcer)
        : store_(store), clock_(clock), announcer_(announcer) {}

    /// Writes `batch`, every event told since the last commit, and what failed writes left.
    /// Transactions are written in the order of the calls. An error leaves the file as it was.
    [[nodiscard]] boost::asio::awaitable<Status> commit(Batch batch, Durability durability);

    /// Why the state is not being written; "" while it is. A disk that has not answered for ten
    /// seconds is such a reason.
    [[nodiscard]] std::string trouble() const;

    /// Transactions queued and not yet written.
    [[nodiscard]] std::size_t backlog() const { return store_.backlog(); }

private:
    void add_unwritten(Batch& batch);
    void keep(Batch failed);
    void tell(const Status& written);

    StateStore& store_;
    const Clock& clock_;
    Announcer& announcer_;
    Batch unwritten_;  ///< of failed writes; at most most_kept of each kind
    std::string error_;
    std::deque<std::chrono::steady_clock::time_point> under_way_;  ///< when each commit began
};

}  // namespace tided::daemon
