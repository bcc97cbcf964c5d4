// Registrar: keeps the instances of the templates in step with what their sources list. Each look
// takes new answers to the rosters, makes the instances that come, lets go those that go, tells it,
// and has the state's rows written.
//
//   source --Listing--> Roster --come, go, refused--> Amendment --> fleet, events, rows, gauges
#pragma once

#include <functional>

#include <boost/asio/awaitable.hpp>

#include "daemon/amendment.h"
#include "daemon/clock.h"
#include "daemon/fleet.h"
#include "daemon/state/journal.h"
#include "daemon/telemetry/announcer.h"
#include "daemon/telemetry/telemetry.h"

namespace tided::daemon {

/// What the registrar uses of the daemon. All of it outlives the registrar.
struct RegistrarPorts {
    Clock& clock;
    Journal& journal;
    Announcer& announcer;
    Telemetry& telemetry;
    Snapshot& memory;
    std::function<Workshop()> workshop;
    /// Drives new pools, and the lanes of sources that were asked anew.
    std::function<void(const Amendment::Done&)> start;
};

[[nodiscard]] InstanceCounts counts_of(const LiveTemplate& made_of);

class Registrar {
public:
    explicit Registrar(RegistrarPorts ports) : ports_(std::move(ports)) {}

    /// Looks at each template once. True when the fleet is another one now.
    bool look(Fleet& fleet, config::Mode mode);

    /// Tells that a new policy file has a template no more, nor one of its name by the same label.
    void tell_removed(const LiveTemplate& gone);

    /// The fleet may have other instances than the state's rows say.
    void rows_changed() { rows_changed_ = true; }

    /// Writes the rows that changed, and once in a while forgets those that went before
    /// `retention`. A failure is tried again by the next call.
    [[nodiscard]] boost::asio::awaitable<void> write(const Fleet& fleet, Duration retention);

    /// After a wall-clock jump.
    void rebase(Fleet& fleet, Duration jump);

private:
    bool hear(Fleet& fleet, LiveTemplate& made_of, config::Mode mode);
    void tell_change(const LiveTemplate& made_of, const Roster::Change& change);
    void tell_lost(LiveTemplate& made_of);
    void tell_room(LiveTemplate& made_of);
    void show(const LiveTemplate& made_of);
    [[nodiscard]] Event event(EventKind kind, std::string policy, std::string text) const;

    RegistrarPorts ports_;
    bool rows_changed_ = true;
    Batch unwritten_;
    TimePoint forget_at_{};
};

}  // namespace tided::daemon
