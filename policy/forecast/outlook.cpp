#include "policy/forecast/outlook.h"

#include <algorithm>

#include "policy/forecast/surge.h"

namespace tided::policy::forecast {

namespace {

/// History must reach beyond the horizon.
std::size_t horizon_in_entries(Duration horizon) {
    return std::clamp<std::size_t>(entries_in(horizon), 1, LoadHistory::capacity - 1);
}

constexpr double share_that_suffices = 0.75;

void raise(Outlook& outlook, double load, Because because) {
    if (load > outlook.load) {
        outlook.load = load;
        outlook.least = load;
        outlook.because = because;
    }
}

Outlook steady_outlook(const Headroom& headroom, double load, Duration within) {
    const double room = factor(headroom) - 1.0;
    return {.load = load * (1.0 + room),
            .least = load * (1.0 + share_that_suffices * room),
            .steady = load * (1.0 + room),
            .agitation = headroom.agitation,
            .headroom = 1.0 + room,
            .within = within};
}

}  // namespace

Outlook look_ahead(Memory& memory, const Seen& seen, const Observed& observed, TimePoint now) {
    watch(memory.lead, observed, now);
    if (is_held(memory.absence, memory.history, seen.load, seen.at)) {
        Outlook outlook = steady_outlook(
            memory.headroom, memory.absence.before, hold_left(memory.absence, seen.at));
        outlook.because = Because::absence;
        return outlook;
    }
    const bool is_entry = note(memory.history, seen.load, seen.at);
    const Duration within = now - seen.at + memory.lead.estimate;
    Outlook outlook = steady_outlook(
        memory.headroom, level(memory.history, 0, memory.headroom.agitation), within);
    raise(outlook, surge(memory.history, outlook.agitation), Because::surge);
    raise(outlook,
          seen.load * factor(memory.recurrence, now, memory.lead.estimate),
          Because::recurrence);
    if (is_entry) {
        learn(memory.headroom, memory.history, horizon_in_entries(within));
        learn(memory.recurrence, memory.history, seen.at);
    }
    return outlook;
}

void shift(Memory& memory, Duration jump) {
    memory.history.youngest += jump;
    memory.lead.since += jump;
    for (TimePoint* at :
         {&memory.lead.looked, &memory.absence.since, &memory.recurrence.burst_since}) {
        *at += *at == TimePoint{} ? Duration{0} : jump;
    }
}

}  // namespace tided::policy::forecast
