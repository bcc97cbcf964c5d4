// Blocks: an array that grows without moving what it holds, for series by the hundred thousand:
// an element is found by one shift and one look into a small table.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace tided::metrics {

template <class Element>
class Blocks {
public:
    /// REQUIRES: index < size().
    [[nodiscard]] Element& operator[](std::uint32_t index) {
        return blocks_[index / block][index % block];
    }
    [[nodiscard]] const Element& operator[](std::uint32_t index) const {
        return blocks_[index / block][index % block];
    }

    [[nodiscard]] std::uint32_t size() const { return size_; }

    void add() {
        if (size_ % block == 0) {
            blocks_.push_back(std::make_unique<Element[]>(block));
        }
        ++size_;
    }

    /// What it allocated.
    [[nodiscard]] std::size_t bytes() const { return blocks_.size() * block * sizeof(Element); }

private:
    static constexpr std::uint32_t block = 256;

    std::vector<std::unique_ptr<Element[]>> blocks_;
    std::uint32_t size_ = 0;
};

}  // namespace tided::metrics
