// What Loop looks at around the route of a datum: silence on all sides, the wall clock, schedules
// whose tables end.
#include <algorithm>
#include <utility>

#include "daemon/loop.h"
#include "daemon/timetable.h"

namespace tided::daemon {
namespace {

constexpr Duration clock_hold = std::chrono::minutes{5};
constexpr Duration schedule_period = std::chrono::minutes{10};  // tables last for hours at least

}  // namespace

void Loop::look_at_schedules(Fleet& fleet, TimePoint now) {
    if (schedules_seen_ && *schedules_seen_ <= now && now - *schedules_seen_ < schedule_period) {
        return;
    }
    schedules_seen_ = now;
    for (Event& event : renew_schedules(fleet, now)) {
        ports_.announcer.tell(std::move(event));
    }
}

void Loop::judge_partition(const Fleet& fleet, Ratio threshold, TimePoint now) {
    std::size_t peers = fleet.sources.size();
    std::size_t silent = static_cast<std::size_t>(std::count_if(
        fleet.sources.begin(), fleet.sources.end(), [](const auto& s) { return s->silent; }));
    for (const auto& provider : fleet.providers) {
        peers += provider->is_remote() ? 1U : 0U;
        silent += provider->is_remote() && provider->is_silent() ? 1U : 0U;
    }
    const bool is_now =
        peers >= 2 && static_cast<double>(silent) > threshold.value * static_cast<double>(peers);
    if (is_now == partitioned_) {
        return;
    }
    partitioned_ = is_now;
    Event event;
    event.kind = is_now ? EventKind::self_partitioned : EventKind::partition_healed;
    event.severity = is_now ? Severity::error : Severity::info;
    event.at = now;
    event.text = is_now ? std::to_string(silent) + " of " + std::to_string(peers) +
                              " sources and providers are silent at once: the fault is most likely "
                              "our own network, so nothing is scaled until they return"
                        : "most sources and providers answer again: scaling goes on";
    ports_.announcer.tell(std::move(event));
}

void Loop::check_clock(Fleet& fleet) {
    const Duration jump = ports_.clock.check();
    if (jump == Duration{0}) {
        return;
    }
    const TimePoint now = ports_.clock.now();
    clock_held_until_ = now + clock_hold;
    ports_.orders.shift(jump);
    for (auto& policy : fleet.policies) {
        policy::rebase(policy->state, jump);
        policy->due += jump;
        if (policy->pause) {  // it lasts as long as was asked for, whatever the clock says
            policy->pause->shift(jump);
        }
        for (Slot& slot : policy->slots) {
            if (slot.not_fresh_since) {
                *slot.not_fresh_since += jump;
            }
        }
    }
    for (auto& pool : fleet.pools) {
        pool->tend_at += jump;
        pool->observe_at += jump;
        if (pool->observed) {
            pool->observed->at += jump;
        }
        if (pool->trouble_since) {
            *pool->trouble_since += jump;
        }
        if (pool->retry_not_before) {
            *pool->retry_not_before += jump;
        }
        if (pool->step) {
            pool->step->intended_at += jump;
            pool->step->give_up_at += jump;
            pool->step->ask_again_at += jump;
        }
        pool->alarm.ring();
    }
    ports_.on_clock_jump(jump);
    ports_.telemetry.clock_jump();
    Event event;
    event.kind = EventKind::clock_jumped;
    event.severity = Severity::warn;
    event.at = now;
    event.text = "the wall clock jumped by " + to_string(jump) +
                 ": history moves with it and nothing is scaled down for " + to_string(clock_hold);
    ports_.announcer.tell(std::move(event));
}

}  // namespace tided::daemon
