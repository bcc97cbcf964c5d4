// Announcer: tells each event to everybody who wants it: log, counters, notifications at once,
// the journal with the next transaction.
#pragma once

#include <functional>
#include <vector>

#include "policy/vocab/event.h"

namespace tided::daemon {

class Announcer {
public:
    using Listener = std::function<void(const Event&)>;

    void add(Listener listener) { listeners_.push_back(std::move(listener)); }

    /// Tells `event` to the listeners and keeps it for the journal.
    void tell(Event event);

    /// The events since the last call, for one transaction.
    [[nodiscard]] std::vector<Event> take();
    [[nodiscard]] bool has_news() const { return !unwritten_.empty(); }

private:
    std::vector<Listener> listeners_;
    std::vector<Event> unwritten_;
};

}  // namespace tided::daemon
