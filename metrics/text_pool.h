// TextPool: room for many short texts that come and go and never move. They stand side by side in
// large blocks, rounded up to eight bytes; what is freed is used again for a text of that size, so
// that churn does not grow the pool past its largest need of each size.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tided::metrics {

class TextPool {
public:
    TextPool() = default;
    TextPool(const TextPool&) = delete;
    TextPool& operator=(const TextPool&) = delete;

    /// A copy of `text`, until it is freed or the pool goes.
    [[nodiscard]] const char* copy(std::string_view text);

    /// REQUIRES: a copy of this pool, not freed before.
    void free(std::string_view copied);

    /// What it allocated.
    [[nodiscard]] std::size_t bytes() const { return blocks_.size() * block_size + alone_bytes_; }

private:
    static constexpr std::size_t block_size = 4096;
    static constexpr std::size_t unit = 8;
    static constexpr std::size_t largest = 256;  ///< of pooled texts; others are allocated alone

    [[nodiscard]] char* room(std::size_t size);

    std::vector<std::unique_ptr<char[]>> blocks_;
    std::size_t left_ = 0;  ///< of the last block
    std::array<std::vector<char*>, largest / unit> freed_;
    std::unordered_map<const char*, std::unique_ptr<char[]>> alone_;
    std::size_t alone_bytes_ = 0;
};

}  // namespace tided::metrics
