// BodyRoom: the memory that all answers under way may take together, so that a thousand peers with
// endless bodies cost no more than a few. Each answer has its equal part of it for sure; beyond
// that it takes what is free. All together never take more than twice the room.
#pragma once

#include <cstddef>

namespace tided::daemon {

class BodyRoom {
public:
    explicit BodyRoom(std::size_t bytes = 256 * 1024 * 1024) : bytes_(bytes) {}

    /// One answer under way. REQUIRES: the room outlives it.
    class Share {
    public:
        explicit Share(BodyRoom& room) : room_(room) { ++room_.shares_; }
        ~Share() {
            --room_.shares_;
            room_.taken_ -= held_;
        }
        Share(const Share&) = delete;
        Share& operator=(const Share&) = delete;

        /// Whether the body may be of `bytes` now.
        [[nodiscard]] bool grow_to(std::size_t bytes) {
            room_.taken_ += bytes - held_;
            held_ = bytes;
            return room_.taken_ <= room_.bytes_ || held_ <= room_.bytes_ / room_.shares_;
        }

    private:
        BodyRoom& room_;
        std::size_t held_ = 0;
    };

    [[nodiscard]] std::size_t bytes() const { return bytes_; }

private:
    std::size_t bytes_;
    std::size_t taken_ = 0;
    std::size_t shares_ = 0;
};

}  // namespace tided::daemon
