#include "policy/forecast/recurrence.h"

#include <algorithm>
#include <bit>

namespace tided::policy::forecast {

namespace {

using namespace std::chrono_literals;

constexpr Duration bin_width = 2min;
constexpr std::int64_t bins_a_day = Recurrence::bin_count;
constexpr Duration until_seen = 45s;
constexpr Duration onset_before_entry = 20s;  // the jump lies before the entry that shows it
constexpr Duration longest_burst = 40min;
constexpr double onset = 1.5;
constexpr double over = 1.25;
constexpr double smallest_load = 0.35;  // replicas
constexpr double share_prepared = 0.7;
constexpr double gain = 0.2;
constexpr double largest_peak = 8.0;  // times the load before; one odd reading may be anything
constexpr std::size_t entries_before = 13;

std::int64_t bin_of(TimePoint at) {
    return std::chrono::floor<Duration>(at.time_since_epoch()) / bin_width;
}

std::uint8_t& days_of(Recurrence& recurrence, std::int64_t bin) {
    return recurrence.days[static_cast<std::size_t>(bin % bins_a_day)];
}

/// Enters the bins up to that of `at`: each forgets its eldest day and gets a new, empty one.
void enter(Recurrence& recurrence, TimePoint at) {
    const std::int64_t now = bin_of(at);
    if (recurrence.first_bin == 0 || now < recurrence.bin - bins_a_day) {
        recurrence = {};
        recurrence.first_bin = now;
        recurrence.bin = now;
        return;
    }
    const std::int64_t from = std::max(recurrence.bin, now - 8 * bins_a_day);
    for (std::int64_t bin = from + 1; bin <= now; ++bin) {
        std::uint8_t& days = days_of(recurrence, bin);
        days = static_cast<std::uint8_t>(days << 1U);
    }
    recurrence.bin = now;
    const std::int64_t days_seen = (now - recurrence.first_bin) / bins_a_day;
    recurrence.days_seen = static_cast<std::uint8_t>(std::min<std::int64_t>(days_seen, 8));
}

bool is_running(const Recurrence& recurrence) {
    return recurrence.burst_since != TimePoint{};
}

/// Earlier versions have stored it unbounded.
double usual_peak(const Recurrence& recurrence) {
    return std::min(static_cast<double>(recurrence.usual_peak), largest_peak);
}

void follow(Recurrence& recurrence, double load, TimePoint at) {
    recurrence.peak = std::max(recurrence.peak, static_cast<float>(load));
    if (load >= over * recurrence.before && at - recurrence.burst_since <= longest_burst) {
        return;
    }
    const double peak =
        std::min(static_cast<double>(recurrence.peak) / recurrence.before, largest_peak);
    const double usual = usual_peak(recurrence);
    recurrence.usual_peak = static_cast<float>(usual == 0.0 ? peak : usual + gain * (peak - usual));
    recurrence.burst_since = {};
}

/// The lowest of three entries from two to three minutes ago: one odd entry is no burst.
double load_before(const LoadHistory& history) {
    return std::min({history.ago(8), history.ago(10), history.ago(12)});
}

bool is_due(const Recurrence& recurrence, std::int64_t bin) {
    const auto days = recurrence.days[static_cast<std::size_t>(bin % bins_a_day)];
    const int needed = std::max(2, (recurrence.days_seen + 1) / 2);
    return std::popcount(days) >= needed;
}

}  // namespace

void learn(Recurrence& recurrence, const LoadHistory& history, TimePoint at) {
    enter(recurrence, at);
    const double load = history.ago(0);
    if (is_running(recurrence)) {
        follow(recurrence, load, at);
        return;
    }
    if (history.size < entries_before) {
        return;
    }
    const double before = load_before(history);
    if (before >= smallest_load && load > onset * before) {
        recurrence.burst_since = at;
        recurrence.before = static_cast<float>(before);
        recurrence.peak = static_cast<float>(load);
        days_of(recurrence, bin_of(at - onset_before_entry)) |= 1U;
    }
}

double factor(const Recurrence& recurrence, TimePoint now, Duration lead) {
    if (is_running(recurrence) || recurrence.usual_peak == 0.0F) {
        return 1.0;
    }
    const std::int64_t last = bin_of(now + lead);
    for (std::int64_t bin = bin_of(now - until_seen); bin <= last; ++bin) {
        if (is_due(recurrence, bin)) {
            return 1.0 + share_prepared * (usual_peak(recurrence) - 1.0);
        }
    }
    return 1.0;
}

}  // namespace tided::policy::forecast
