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
        return body;
    }

    void give_back(std::string body) {
        if (spare_.size() < most_kept && body.capacity() <= largest_kept) {
            body.clear();
            spare_.push_back(std::move(body));
        }
    }

private:
    static constexpr std::size_t most_kept = 16;
    static constexpr std::size_t largest_kept = std::size_t{256} * 1024;

    std::vector<std::string> spare_;
};

}  // namespace tided::daemon
