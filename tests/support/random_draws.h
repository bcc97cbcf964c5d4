// Random draws for properties: our own generator (xorshift64*), so that a failure names a seed that
// shows it again anywhere.
#pragma once

#include <concepts>
#include <cstdint>

namespace tided {

class RandomDraws {
public:
    explicit RandomDraws(std::uint64_t seed) : bits_(seed * 0x9e3779b97f4a7c15ULL + 1) {}

    /// 0 .. bound-1
    template <std::integral Integer>
    Integer below(Integer bound) {
        bits_ ^= bits_ >> 12;
        bits_ ^= bits_ << 25;
        bits_ ^= bits_ >> 27;
        const std::uint64_t high = (bits_ * 0x2545f4914f6cdd1dULL) >> 1;
        return static_cast<Integer>(high % static_cast<std::uint64_t>(bound));
    }
    bool once_in(std::int32_t n) { return below(n) == 0; }
    /// [0, 1) in millionths
    double share() { return below(1'000'000) / 1e6; }

private:
    std::uint64_t bits_;
};

}  // namespace tided
