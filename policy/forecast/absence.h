// Absence: traffic that vanishes within two minutes is more likely cut off than gone. A load that
// falls to 5 % of what it was two minutes before, or less, is not followed down for up to 30
// minutes: the load before stands for it, so that the traffic meets its replicas when it returns
// (those given up while it fell are asked for again). What was more than sixteen minutes ago,
// before a stop, says nothing. (Scaling in during an outage is the classic failure of a reactive
// scaler: Netflix, Scryer, 2013.)
#pragma once

#include "policy/forecast/load_history.h"
#include "policy/vocab/time.h"

namespace tided::policy::forecast {

struct Absence {
    TimePoint since{};    ///< the epoch: traffic is there
    float before = 0.0F;  ///< load before it vanished

    friend bool operator==(const Absence&, const Absence&) = default;
};

/// Says whether `absence.before` stands for the load. `history` has not yet taken `load`, and does
/// not take it while this holds.
[[nodiscard]] bool is_held(Absence& absence, const LoadHistory& history, double load, TimePoint at);

/// For how long it still would.
[[nodiscard]] Duration hold_left(const Absence& absence, TimePoint at);

}  // namespace tided::policy::forecast
