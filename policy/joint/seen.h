// Seen: the demand of the last week (Settings::watched) in 28 slots of equal length, the mean and
// the peak of each. A size is priced on the means and must carry the highest peak: priced on the
// moment, it would be one by day and another by night.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "policy/joint/size.h"
#include "policy/vocab/time.h"

namespace tided::policy::joint {

inline constexpr std::size_t slot_count = 28;

struct Slot {
    TimePoint since{};
    Cores mean{};
    Cores peak{};
    std::int64_t ticks = 0;  ///< 0: an empty slot

    friend bool operator==(const Slot&, const Slot&) = default;
};

/// Slots follow each other round the ring; the newest one is still open.
struct Seen {
    std::array<Slot, slot_count> slots{};
    std::uint8_t newest = 0;

    friend bool operator==(const Seen&, const Seen&) = default;
};

/// Notes the demand of one tick. Ticks are taken to be evenly spaced.
/// REQUIRES: `demand` is finite; watched > 0, here and below.
void note(Seen& seen, Cores demand, TimePoint now, Duration watched);

/// The means of the slots that are not too old, their highest peak, and how far they reach back.
struct Levels {
    std::array<Cores, slot_count> means{};
    std::size_t count = 0;
    Cores peak{};
    Duration reach{};

    void add(const Slot& slot, TimePoint now);
};

[[nodiscard]] Levels levels(const Seen& seen, TimePoint now, Duration watched);

}  // namespace tided::policy::joint
