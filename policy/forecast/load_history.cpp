#include "policy/forecast/load_history.h"

#include <algorithm>

namespace tided::policy::forecast {

namespace {

constexpr std::int64_t longest_hole = 4;  // entries
constexpr std::size_t entries_of_level = 3;
constexpr double out_of_usual = 2.0;  // times agitation

void push(LoadHistory& history, double load) {
    constexpr std::size_t capacity = LoadHistory::capacity;
    history.loads[history.next] = static_cast<float>(load);
    history.next = static_cast<std::uint8_t>((history.next + 1U) % capacity);
    history.size = static_cast<std::uint8_t>(std::min<std::size_t>(history.size + 1U, capacity));
}

}  // namespace

std::size_t entries_in(Duration span) {
    const auto rounded_up = (std::max(span, Duration{0}) + spacing - Duration{1}) / spacing;
    return static_cast<std::size_t>(rounded_up);
}

double LoadHistory::ago(std::size_t entries) const {
    return static_cast<double>(loads[(next + 2 * capacity - 1 - entries) % capacity]);
}

double level(const LoadHistory& history, std::size_t entries, double agitation) {
    const std::size_t last = std::min<std::size_t>(entries + entries_of_level, history.size);
    double sum = 0.0;
    for (std::size_t i = entries; i < last; ++i) {
        sum += history.ago(i);
    }
    const double mean = sum / static_cast<double>(last - entries);
    const double entry = history.ago(entries);
    return entry > mean * (1.0 + out_of_usual * agitation) ? entry : mean;
}

bool note(LoadHistory& history, double load, TimePoint at) {
    const bool is_first = history.size == 0;
    const Duration passed = is_first ? spacing : at - history.youngest;
    if (passed >= -longest_step_back && passed < spacing) {
        return false;
    }
    const std::int64_t entries = passed / spacing;
    if (is_first || entries < 1 || entries > longest_hole) {
        history = {};
        history.youngest = at;
    } else {
        // Entries keep their beat: a tick that comes late does not shift those after it.
        history.youngest += entries * spacing;
        for (std::int64_t i = 1; i < entries; ++i) {
            push(history, history.ago(0));
        }
    }
    push(history, load);
    return true;
}

}  // namespace tided::policy::forecast
