#include "metrics/hash_index.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace tided::metrics {

void HashIndex::put(Slot slot) {
    std::size_t at = place_of(slot.tag);
    while (slots_[at].number != none) {
        at = (at + 1) & mask();
    }
    slots_[at] = slot;
}

void HashIndex::grow(std::size_t size) {
    constexpr std::size_t fewest = 16;
    std::vector<Slot> old(std::max(fewest, std::bit_ceil(size + size / 2 + 1)));
    std::swap(old, slots_);
    for (const Slot& slot : old) {
        if (slot.number != none) {
            put(slot);
        }
    }
}

// The hole is filled by the next slot that may stand there, and so on: no tombstones.
void HashIndex::erase(std::uint64_t hash, std::uint32_t number) {
    std::size_t hole = place_of(tag_of(hash));
    while (slots_[hole].number != number) {
        hole = (hole + 1) & mask();
    }
    --size_;
    for (std::size_t at = (hole + 1) & mask(); slots_[at].number != none; at = (at + 1) & mask()) {
        const std::size_t wanted = place_of(slots_[at].tag);
        if (((at - wanted) & mask()) >= ((at - hole) & mask())) {
            slots_[hole] = slots_[at];
            hole = at;
        }
    }
    slots_[hole] = Slot{};
}

}  // namespace tided::metrics
