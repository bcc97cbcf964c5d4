// Window: the recent samples of one series, oldest first, compressed.
//
//   bytes   | chunk | chunk | ... | open chunk |     a chunk: its first sample plain, the others as
//                                                     metrics/sample_code.h writes them
//
// Samples leave at the front, a chunk at a time, when all of it is too old: up to a quarter of the
// retention is held beyond it. Instants are milliseconds relative to a base that the store owns, so
// that a wall-clock jump shifts all of them by changing one number. Cursor is the way to read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "metrics/sample_code.h"
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
    /// What it allocated.
    [[nodiscard]] std::size_t bytes() const { return capacity_; }
    /// REQUIRES: not empty.
    [[nodiscard]] Entry newest() const { return {.at_ms = code_.at_ms, .value = code_.value}; }

    /// Adds the newest entry and forgets chunks that end before `oldest_ms`.
    /// REQUIRES: empty, or entry.at_ms > newest().at_ms.
    void push(Entry entry, std::int64_t oldest_ms);

    /// Asks for the memory that a push touches, to be there when it comes.
    void prefetch() const {
        if (count_ > 0) {
            __builtin_prefetch(bytes_.get() + open_ + header_size + bits_ / 8, 1);
        }
    }

    /// Walks the entries from the first one at or after an instant. Valid until the next push.
    class Reader {
    public:
        Reader() = default;
        Reader(const Window& window, std::int64_t first_ms);

        /// The next entry; nothing at the end.
        std::optional<Entry> next();

    private:
        void open(std::uint32_t chunk);
        void step();

        const Window* window_ = nullptr;
        std::uint32_t next_chunk_ = 0;
        std::uint32_t left_ = 0;  ///< entries of this chunk behind the current one
        bool is_open_ = false;    ///< code_ is the next entry
        SampleCode code_;
        BitReader bits_;
    };

    /// The newest entry at or before `at_ms`.
    [[nodiscard]] std::optional<Entry> latest(std::int64_t at_ms) const;

private:
    struct Header {
        std::int64_t first_ms;
        double first_value;
        std::uint16_t count;
        std::uint16_t size;  ///< of the bits behind it, in bytes
    };                       // of the open chunk, count and size are written when it is closed
    static constexpr std::uint32_t header_size = 20;

    [[nodiscard]] Header header(std::uint32_t chunk) const;
    void set_header(std::uint32_t chunk, const Header& header);
    [[nodiscard]] std::uint32_t chunk_at(std::int64_t at_ms) const;
    [[nodiscard]] bool is_full(const Entry& entry, std::int64_t oldest_ms) const;
    void start_chunk(Entry entry);
    void append(Entry entry);
    void drop_before(std::int64_t oldest_ms);
    void reserve(std::uint32_t size);

    alignas(64) std::unique_ptr<std::uint8_t[]> bytes_;  // all of it in one line of the cache
    std::uint32_t capacity_ = 0;
    std::uint32_t open_ = 0;  ///< where the open chunk begins
    std::uint32_t bits_ = 0;  ///< that the open chunk has written
    std::uint32_t count_ = 0;
    SampleCode code_;
};

/// Walks the samples of a series between two instants. Valid until the store changes.
class Cursor {
public:
    Cursor() = default;
    Cursor(const Window& window, Duration base, TimePoint first, TimePoint last)
        : reader_(window, (first - base).time_since_epoch().count()),
          base_(base),
          last_ms_((last - base).time_since_epoch().count()) {}

    /// The next sample in rising time, staleness markers included; nothing at the end.
    std::optional<Sample> next() {
        const auto entry = reader_.next();
        if (!entry || entry->at_ms > last_ms_) {
            return std::nullopt;
        }
        return Sample{.at = TimePoint{Duration{entry->at_ms} + base_}, .value = entry->value};
    }

private:
    Window::Reader reader_;
    Duration base_{};
    std::int64_t last_ms_ = 0;
};

}  // namespace tided::metrics
