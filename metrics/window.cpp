#include "metrics/window.h"

namespace tided::metrics {

void Window::push(Entry entry, std::int64_t oldest_ms) {
    while (count_ > 0 && at(0).at_ms < oldest_ms) {
        head_ = (head_ + 1) & (ring_.size() - 1);
        --count_;
    }
    if (count_ == ring_.size()) {
        grow();
    }
    ring_[(head_ + count_) & (ring_.size() - 1)] = entry;
    ++count_;
}

void Window::grow() {
    std::vector<Entry> larger(ring_.empty() ? 2 : ring_.size() * 2);
    for (std::size_t i = 0; i < count_; ++i) {
        larger[i] = at(i);
    }
    ring_ = std::move(larger);
    head_ = 0;
}

std::size_t Window::lower_bound(std::int64_t at_ms) const {
    std::size_t low = 0;
    std::size_t high = count_;
    while (low < high) {
        const std::size_t middle = low + (high - low) / 2;
        if (at(middle).at_ms < at_ms) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

}  // namespace tided::metrics
