#include "policy/forecast/load_history.h"

#include <algorithm>

namespace tided::policy::forecast {

namespace {

constexpr std::int64_t longest_hole = 4;  // entries

}  // namespace

std::size_t entries_in(Duration span) {
    const auto up = (std::max(span, Duration{0}) + spacing - Duration{1}) / spacing;
    return static_cast<std::size_t>(up);
}

bool LoadHistory::note(double load, TimePoint at) {
    const std::int64_t passed = size_ == 0 ? 0 : (at - youngest_) / spacing;
    if (size_ > 0 && passed == 0 && at >= youngest_) {
        return false;
    }
    if (passed < 1 || passed > longest_hole) {
        forget();
    }
    for (std::int64_t i = 1; size_ > 0 && i < passed; ++i) {
        push(ago(0));
    }
    // Entries keep their beat: a tick that is late by less than an entry does not shift the rest.
    youngest_ = size_ == 0 ? at : youngest_ + passed * spacing;
    push(load);
    return true;
}

double LoadHistory::ago(std::size_t entries) const {
    return static_cast<double>(loads_[(next_ + 2 * capacity - 1 - entries) % capacity]);
}

void LoadHistory::push(double load) {
    loads_[next_] = static_cast<float>(load);
    next_ = static_cast<std::uint8_t>((next_ + 1U) % capacity);
    size_ = static_cast<std::uint8_t>(std::min<std::size_t>(size_ + 1U, capacity));
}

}  // namespace tided::policy::forecast
