// Outlook: what a pool must be able to serve when a replica asked for now would begin to, from
// nothing but the load seen and the pool observed.
//
//   steady   level x headroom                       a scale-down leans on it (release.h)
//   load     max(steady, surge, load x recurrence)  what to ask for
//   least    load; level x (1 + 3/4 (headroom - 1)) where headroom alone decides: a pool between
//            least and load is left alone, or each ripple of the load would be an action
// level is that of load_history.h, load (on the right) the newest sample.
// While traffic is absent, the load before it vanished stands for the load (absence.h).
// Each part is one file with its formula; they share the history and the horizon:
// horizon = age of the sample + learned start-up time. A sample is judged by what was learned
// before it and then learned from, so that at one instant more load never looks like less.
#pragma once

#include <cstdint>

#include "policy/forecast/absence.h"
#include "policy/forecast/headroom.h"
#include "policy/forecast/lead_time.h"
#include "policy/forecast/load_history.h"
#include "policy/forecast/recurrence.h"
#include "policy/vocab/observed.h"

namespace tided::policy::forecast {

/// Durable: 1.3 kB a policy.
struct Memory {
    LoadHistory history{};
    LeadTime lead{};
    Headroom headroom{};
    Recurrence recurrence{};
    Absence absence{};

    friend bool operator==(const Memory&, const Memory&) = default;
};

/// The newest sample of a metric, in replicas.
struct Seen {
    double load = 0.0;
    TimePoint at{};  ///< of the sample, not of the tick
};

/// What decides the load: the largest of these.
enum class Because : std::uint8_t { headroom, surge, recurrence, absence };

struct Outlook {
    double load = 0.0;    ///< replicas
    double least = 0.0;   ///< replicas, <= load
    double steady = 0.0;  ///< replicas, <= load
    double agitation = 0.0;
    double headroom = 1.0;  ///< the learned factor in `steady`
    Duration within{};      ///< the horizon; while traffic is absent: how long it still stands
    Because because = Because::headroom;

    friend bool operator==(const Outlook&, const Outlook&) = default;
};

/// Called at every tick with a fresh sample.
/// REQUIRES: seen.load is finite and not negative; seen.at <= now; the calls are in order of time.
[[nodiscard]] Outlook look_ahead(Memory& memory,
                                 const Seen& seen,
                                 const Observed& observed,
                                 TimePoint now);

/// Moves every instant: after a wall-clock jump memory keeps its age. The calendar of recurrence
/// is one of days and stays.
void shift(Memory& memory, Duration jump);

}  // namespace tided::policy::forecast
