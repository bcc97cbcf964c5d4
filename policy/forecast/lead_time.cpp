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
    const Duration passed = now - lead.since;
    const bool is_start = passed > Duration{0} && passed <= longest_start;
    if (running && observed.ready >= lead.goal && is_start) {
        learn(lead, passed);
        lead.goal = {};
    } else if (running &&
               (observed.replicas < lead.goal || passed > longest_start || passed < Duration{0})) {
        lead.goal = {};
    }
    const bool more_asked = lead.looked != TimePoint{} && observed.replicas > lead.asked;
    if (lead.goal == Replicas{0} && more_asked && observed.ready < observed.replicas) {
        lead.goal = observed.replicas;
        lead.since = lead.looked;
    }
    lead.asked = observed.replicas;
    lead.looked = now;
}

}  // namespace tided::policy::forecast
