// Grid: the sizes that may be chosen, some steps of CPU by some steps of memory. Given one by one,
// or between two ends by doubling, with the midpoints where they fit:
//
//   100m .. 4    100m 150m 200m 300m 400m 600m 800m 1.2 1.6 2.4 3.2 4
//
// Round numbers that people choose themselves, and whole ones: nothing here depends on a logarithm.
#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "policy/joint/size.h"

namespace tided::policy::joint {

inline constexpr std::size_t most_steps = 16;

/// Steps of one axis, rising. `Quantity` is MilliCpu or Bytes.
template <typename Quantity>
class Steps {
public:
    /// Adds a step; false when it is not above the last one, not above zero, or one too many.
    constexpr bool add(Quantity step) {
        const Quantity last = size_ == 0 ? Quantity{} : steps_[size_ - 1];
        if (size_ == most_steps || !(step > last)) {
            return false;
        }
        steps_[size_++] = step;
        return true;
    }
    [[nodiscard]] constexpr std::span<const Quantity> all() const { return {steps_.data(), size_}; }

    /// REQUIRES: there is a step, here and below.
    [[nodiscard]] constexpr Quantity least() const { return steps_[0]; }
    [[nodiscard]] constexpr Quantity largest() const { return steps_[size_ - 1]; }
    [[nodiscard]] constexpr bool spans(Quantity amount) const {
        return least() <= amount && amount <= largest();
    }

    friend constexpr bool operator==(const Steps&, const Steps&) = default;

private:
    std::array<Quantity, most_steps> steps_{};
    std::size_t size_ = 0;
};

enum class Midpoints : bool { without, with };

/// min, its doublings below max, max. When there are too many, the highest are left out.
/// REQUIRES: 0 < min <= max.
template <typename Quantity>
[[nodiscard]] constexpr Steps<Quantity> doublings(Quantity min, Quantity max, Midpoints midpoints) {
    Steps<Quantity> steps;
    for (auto at = min.count; at < max.count && steps.all().size() + 1 < most_steps;) {
        steps.add(Quantity{at});
        const auto middle = at + at / 2;
        if (midpoints == Midpoints::with && middle < max.count &&
            steps.all().size() + 1 < most_steps) {
            steps.add(Quantity{middle});
        }
        if (at > max.count / 2) {
            break;
        }
        at *= 2;
    }
    steps.add(max);
    return steps;
}

/// The steps between two ends: with midpoints where a range of 2^7 or less leaves room for them.
/// REQUIRES: 0 < min <= max.
template <typename Quantity>
[[nodiscard]] constexpr Steps<Quantity> between(Quantity min, Quantity max) {
    const bool fits = max.count / min.count <= 128;
    return doublings(min, max, fits ? Midpoints::with : Midpoints::without);
}

/// The present size need not be on the grid.
struct Grid {
    Steps<MilliCpu> cpu{};
    Steps<Bytes> memory{};

    /// REQUIRES: there is a step on both axes.
    [[nodiscard]] constexpr bool spans(const Size& size) const {
        return cpu.spans(size.cpu) && memory.spans(size.memory);
    }

    friend constexpr bool operator==(const Grid&, const Grid&) = default;
};

}  // namespace tided::policy::joint
