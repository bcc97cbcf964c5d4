#include "policy/forecast/absence.h"

namespace tided::policy::forecast {

namespace {

using namespace std::chrono_literals;

constexpr Duration longest_hold = 30min;
constexpr double vanished = 0.05;
constexpr double returned = 0.10;
constexpr double smallest_load = 0.6;   // replicas; less than one is not held
constexpr std::size_t two_minutes = 7;  // entries before the youngest of the history

}  // namespace

bool is_held(Absence& absence, const LoadHistory& history, double load, TimePoint at) {
    if (absence.since != TimePoint{}) {
        const bool is_back = load > returned * absence.before;
        const bool is_odd = at < absence.since - longest_step_back;
        if (is_back || is_odd || at - absence.since > longest_hold) {
            absence = {};
        }
        return absence.since != TimePoint{};
    }
    if (history.size <= two_minutes || at - history.youngest > LoadHistory::capacity * spacing) {
        return false;
    }
    const double before = history.ago(two_minutes);
    if (before >= smallest_load && load <= vanished * before) {
        absence = {.since = at, .before = static_cast<float>(before)};
    }
    return absence.since != TimePoint{};
}

Duration hold_left(const Absence& absence, TimePoint at) {
    return longest_hold - (at - absence.since);
}

}  // namespace tided::policy::forecast
