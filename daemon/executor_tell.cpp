// What the executor says of a pool: notes of its actuator, and whether its provider answers.
#include <utility>

#include "daemon/executor.h"
#include "metrics/transport.h"

namespace tided::daemon {
namespace {

constexpr Duration trouble_patience = std::chrono::seconds{15};

}  // namespace

void Executor::tell_notes(LivePool& pool) {
    for (actuators::Note& note : pool.face().take_notes()) {
        Event told = event(pool, EventKind::pool_note, std::move(note.text));
        told.severity = note.level == actuators::Note::Level::error  ? Severity::error
                        : note.level == actuators::Note::Level::warn ? Severity::warn
                                                                     : Severity::info;
        ports_.announcer.tell(std::move(told));
    }
}

/// One crash heals by itself and is a note; what lasts is for the operator.
void Executor::tell_trouble(LivePool& pool) {
    const std::uint64_t restarts = pool.actuator->restarts();
    ports_.telemetry.restarts(pool.config.name, restarts - std::exchange(pool.restarts, restarts));
    // A provider that is lost is told of once, not once per pool.
    const std::string trouble = pool.provider->lost ? pool.actuator->trouble() : pool.trouble();
    const TimePoint now = ports_.clock.now();
    if (!trouble.empty() && !pool.trouble_since) {
        pool.trouble_since = now;
    }
    const bool lasts = !trouble.empty() && now - *pool.trouble_since >= trouble_patience;
    if (trouble.empty()) {
        pool.trouble_since.reset();
    } else if (!lasts) {
        return;
    }
    if (lasts == std::exchange(pool.trouble_told, lasts)) {
        return;
    }
    Event told = event(pool,
                       lasts ? EventKind::pool_failing : EventKind::pool_recovered,
                       "pool " + pool.config.name + (lasts ? ": " + trouble : " runs again"));
    told.severity = lasts ? Severity::error : Severity::info;
    ports_.announcer.tell(std::move(told));
}

void Executor::tell_provider(LivePool& pool, const Status& last_call) {
    const bool unreachable = !last_call && (last_call.error().code == ErrorCode::unavailable ||
                                            last_call.error().code == ErrorCode::timed_out);
    const std::string error = last_call ? "" : last_call.error().message;
    const std::string before = std::exchange(pool.observe_error, error);
    if (error.empty() && !before.empty() && !pool.is_throttled) {
        pool.retry_not_before.reset();  // what was in the way may be gone as well
    }
    const bool is_all = unreachable && pool.provider->pools == 1;  // told of the provider instead
    if (!is_all && !error.empty() && error != before) {
        Event told = event(pool,
                           EventKind::pool_note,
                           "pool " + pool.config.name + " cannot be observed: " + error);
        told.severity = Severity::warn;
        ports_.announcer.tell(std::move(told));
    }
    const bool silent = unreachable && metrics::is_silence(last_call.error());
    if (!pool.retired) {
        tell_reach(pool, {.unreachable = unreachable, .silent = silent, .error = error});
    }
}

/// A provider is lost when none of its pools can be reached, and back with the first that can.
void Executor::tell_reach(LivePool& pool, LiveProvider::Failing last) {
    LiveProvider& provider = *pool.provider;
    const std::string error = last.error;
    if (error.empty()) {
        provider.failing.erase(pool.config.name);
    } else {
        provider.failing[pool.config.name] = std::move(last);
    }
    const bool lost = provider.pools > 0 && provider.failing.size() >= provider.pools &&
                      provider.unreachable() == provider.pools;
    if (lost == std::exchange(provider.lost, lost)) {
        return;
    }
    Event told = event(pool,
                       lost ? EventKind::provider_lost : EventKind::provider_back,
                       "provider " + provider.config.name +
                           (lost ? " does not answer: " + error : " answers again"));
    told.pool.clear();  // it concerns the provider as a whole
    told.severity = lost ? Severity::warn : Severity::info;
    ports_.announcer.tell(std::move(told));
}

}  // namespace tided::daemon
