// HashIndex: numbers found by a hash, in one array of pairs: open addressing, linear probing, at
// most two thirds full. What a number stands for, and whether it is the one meant, the owner knows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tided::metrics {

class HashIndex {
public:
    static constexpr std::uint32_t none = UINT32_MAX;

    /// The first number of this hash of which `is_meant(number)` is true, or none.
    template <class IsMeant>
    [[nodiscard]] std::uint32_t find(std::uint64_t hash, IsMeant is_meant) const {
        if (slots_.empty()) {
            return none;
        }
        const std::uint32_t tag = tag_of(hash);
        for (std::size_t at = place_of(tag);; at = (at + 1) & mask()) {
            const Slot& slot = slots_[at];
            if (slot.number == none) {
                return none;
            }
            if (slot.tag == tag && is_meant(slot.number)) {
                return slot.number;
            }
        }
    }

    /// For so many more to be inserted.
    void make_room(std::size_t more) {
        if ((size_ + more) * 3 > slots_.size() * 2) {
            grow(size_ + more);
        }
    }

    /// REQUIRES: number != none.
    void insert(std::uint64_t hash, std::uint32_t number) {
        make_room(1);
        ++size_;
        put({.tag = tag_of(hash), .number = number});
    }

    /// REQUIRES: it was inserted with this hash.
    void erase(std::uint64_t hash, std::uint32_t number);

    /// Has the processor fetch where find(hash) begins.
    void prefetch(std::uint64_t hash) const {
        if (!slots_.empty()) {
            __builtin_prefetch(&slots_[place_of(tag_of(hash))]);
        }
    }

    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] std::size_t bytes() const { return slots_.capacity() * sizeof(Slot); }

private:
    struct Slot {
        std::uint32_t tag = 0;
        std::uint32_t number = none;
    };

    [[nodiscard]] static std::uint32_t tag_of(std::uint64_t hash) {
        return static_cast<std::uint32_t>(hash >> 32U);
    }
    [[nodiscard]] std::size_t mask() const { return slots_.size() - 1; }
    [[nodiscard]] std::size_t place_of(std::uint32_t tag) const {
        return (tag * 0x9e3779b97f4a7c15ULL >> 20U) & mask();
    }
    void put(Slot slot);
    void grow(std::size_t size);

    std::vector<Slot> slots_;  ///< a power of two
    std::size_t size_ = 0;
};

}  // namespace tided::metrics
