#include "policy/forecast/lead_time.h"

namespace tided::policy::forecast {

namespace {

void learn(LeadTime& lead, Duration measured) {
    const Duration off = measured - lead.estimate;
    if (!lead.measured) {
        lead.estimate = measured;
        lead.measured = true;
    } else {
        lead.estimate += off > Duration{0} ? off / 2 : off / 8;
    }
}

}  // namespace

void watch(LeadTime& lead, const Observed& observed, TimePoint now) {
    const bool running = lead.goal > Replicas{0};
    if (running && observed.ready >= lead.goal && now > lead.since) {
        learn(lead, now - lead.since);
        lead.goal = {};
    } else if (running && (observed.replicas < lead.goal || now - lead.since > longest_start ||
                           now < lead.since)) {
        lead.goal = {};
    }
    const bool more_asked = lead.asked > Replicas{0} && observed.replicas > lead.asked;
    if (lead.goal == Replicas{0} && more_asked && observed.ready < observed.replicas) {
        lead.goal = observed.replicas;
        lead.since = lead.looked;
    }
    lead.asked = observed.replicas;
    lead.looked = now;
}

}  // namespace tided::policy::forecast
