// Window: the recent samples of one series, oldest first, in a ring of 16-byte samples.
//
//        head            the ring's size is a power of two; at() counts from the oldest sample
//   ... [oldest .. newest] ...
//
// Instants are kept as milliseconds relative to a base the store owns, so that a wall-clock jump
// shifts all of them by changing one number. Cursor is the only way to read: a compressed window
// can take this one's place without its readers noticing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "policy/vocab/sample.h"

namespace tided::metrics {

class Window {
public:
    struct Entry {
        std::int64_t at_ms;
        double value;
    };

    [[nodiscard]] bool empty() const { return count_ == 0; }
    [[nodiscard]] std::size_t size() const { return count_; }
    [[nodiscard]] std::size_t bytes() const { return ring_.capacity() * sizeof(Entry); }

    /// REQUIRES: index < size(); 0 is the oldest.
    [[nodiscard]] const Entry& at(std::size_t index) const {
        return ring_[(head_ + index) & (ring_.size() - 1)];
    }
    [[nodiscard]] const Entry& newest() const { return at(count_ - 1); }

    /// Adds the newest entry and forgets those before `oldest_ms`.
    /// REQUIRES: entry.at_ms > newest().at_ms.
    void push(Entry entry, std::int64_t oldest_ms);

    /// The index of the first entry at or after `at_ms`; size() when there is none.
    [[nodiscard]] std::size_t lower_bound(std::int64_t at_ms) const;

private:
    void grow();

    std::vector<Entry> ring_;
    std::size_t head_ = 0;
    std::size_t count_ = 0;
};

/// Walks the samples of a series between two instants. Valid until the store changes.
class Cursor {
public:
    Cursor() = default;
    Cursor(const Window& window, Duration base, TimePoint first, TimePoint last)
        : window_(&window),
          base_(base),
          index_(window.lower_bound((first - base).time_since_epoch().count())),
          last_ms_((last - base).time_since_epoch().count()) {}

    /// The next sample in rising time, staleness markers included; nothing at the end.
    std::optional<Sample> next() {
        if (window_ == nullptr || index_ >= window_->size()) {
            return std::nullopt;
        }
        const Window::Entry& entry = window_->at(index_);
        if (entry.at_ms > last_ms_) {
            return std::nullopt;
        }
        ++index_;
        return Sample{.at = TimePoint{Duration{entry.at_ms} + base_}, .value = entry.value};
    }

private:
    const Window* window_ = nullptr;
    Duration base_{};
    std::size_t index_ = 0;
    std::int64_t last_ms_ = 0;
};

}  // namespace tided::metrics
