#include "policy/forecast/outlook.h"

#include <algorithm>

#include "policy/forecast/surge.h"

namespace tided::policy::forecast {

namespace {

/// The horizon in entries; history must reach beyond it.
std::size_t horizon_of(const LeadTime& lead, Duration age) {
    return std::clamp<std::size_t>(entries_in(age + lead.estimate), 1, LoadHistory::capacity - 1);
}

constexpr double share_that_suffices = 0.75;

void raise(Outlook& outlook, double load, Because because) {
    if (load > outlook.load) {
        outlook.load = load;
        outlook.least = load;
        outlook.because = because;
    }
}

Outlook steady_outlook(const Headroom& headroom, double load) {
    const double room = factor(headroom) - 1.0;
    return {.load = load * (1.0 + room),
            .least = load * (1.0 + share_that_suffices * room),
            .steady = load * (1.0 + room),
            .agitation = headroom.agitation};
}

}  // namespace

Outlook look_ahead(Memory& memory, const Seen& seen, const Observed& observed, TimePoint now) {
    watch(memory.lead, observed, now);
    if (is_held(memory.absence, memory.history, seen.load, seen.at)) {
        Outlook outlook = steady_outlook(memory.headroom, memory.absence.before);
        outlook.because = Because::absence;
        return outlook;
    }
    if (note(memory.history, seen.load, seen.at)) {
        learn(memory.headroom, memory.history, horizon_of(memory.lead, now - seen.at));
        learn(memory.recurrence, memory.history, seen.at);
    }
    Outlook outlook =
        steady_outlook(memory.headroom, level(memory.history, 0, memory.headroom.agitation));
    raise(outlook, surge(memory.history, outlook.agitation), Because::surge);
    raise(outlook,
          seen.load * factor(memory.recurrence, now, memory.lead.estimate),
          Because::recurrence);
    return outlook;
}

}  // namespace tided::policy::forecast
