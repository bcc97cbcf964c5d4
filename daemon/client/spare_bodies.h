// SpareBodies: the memory of bodies that were read, for the answers to come: thousands of pages a
// second of about one size would otherwise cut up the heap anew.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace tided::daemon {

class SpareBodies {
public:
    /// An empty text, with room from an earlier body where there is one.
    [[nodiscard]] std::string take() {
        if (spare_.empty()) {
            return {};
        }
        std::string body = std::move(spare_.back());
        spare_.pop_back();
        bytes_ -= body.capacity();
        return body;
    }

    void give_back(std::string body) {
        if (spare_.size() < most_kept && bytes_ + body.capacity() <= most_bytes) {
            body.clear();
            bytes_ += body.capacity();
            spare_.push_back(std::move(body));
        }
    }

private:
    static constexpr std::size_t most_kept = 16;
    static constexpr std::size_t most_bytes = std::size_t{8} * 1024 * 1024;

    std::vector<std::string> spare_;
    std::size_t bytes_ = 0;
};

}  // namespace tided::daemon
