// ReadBuffers: room to read into, used again by the next answer: a large block from the heap and
// back for every answer costs more than reading a small one.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace tided::daemon {

class ReadBuffers {
public:
    static constexpr std::size_t size = std::size_t{32} * 1024;

    /// One buffer, given back at the end. REQUIRES: the buffers outlive it.
    class Lease {
    public:
        explicit Lease(ReadBuffers& from) : from_(from), buffer_(from.take()) {}
        ~Lease() { from_.give_back(std::move(buffer_)); }
        Lease(const Lease&) = delete;
        Lease& operator=(const Lease&) = delete;

        [[nodiscard]] std::span<char> span() const { return {buffer_.get(), size}; }

    private:
        ReadBuffers& from_;
        std::unique_ptr<char[]> buffer_;
    };

private:
    static constexpr std::size_t most_kept = 32;

    std::unique_ptr<char[]> take() {
        if (free_.empty()) {
            return std::make_unique_for_overwrite<char[]>(size);
        }
        auto buffer = std::move(free_.back());
        free_.pop_back();
        return buffer;
    }

    void give_back(std::unique_ptr<char[]> buffer) {
        if (free_.size() < most_kept) {
            free_.push_back(std::move(buffer));
        }
    }

    std::vector<std::unique_ptr<char[]>> free_;
};

}  // namespace tided::daemon
