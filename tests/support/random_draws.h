// Random draws for properties: our own generator (xorshift64*), so that a failure names a seed that
// shows it again anywhere.
#pragma once

#include <cstdint>

namespace tided {

class RandomDraws {
public:
    explicit RandomDraws(std::uint64_t seed) : bits_(seed * 0x9e3779b97f4a7c15ULL + 1) {}

    /// 0 .. bound-1
    std::int64_t below(std::int64_t bound) {
        bits_ ^= bits_ >> 12;
        bits_ ^= bits_ << 25;
        bits_ ^= bits_ >> 27;
        const std::uint64_t high = (bits_ * 0x2545f4914f6cdd1dULL) >> 1;
        return static_cast<std::int64_t>(high % static_cast<std::uint64_t>(bound));
    }
    std::int32_t count(std::int32_t bound) { return static_cast<std::int32_t>(below(bound)); }
    bool once_in(std::int64_t n) { return below(n) == 0; }

private:
    std::uint64_t bits_;
};

}  // namespace tided
