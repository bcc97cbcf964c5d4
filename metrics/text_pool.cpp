#include "metrics/text_pool.h"

#include <cstring>
#include <utility>

namespace tided::metrics {

const char* TextPool::copy(std::string_view text) {
    if (text.empty()) {
        return "";
    }
    char* const place = room(text.size());
    std::memcpy(place, text.data(), text.size());
    return place;
}

char* TextPool::room(std::size_t size) {
    if (size > largest) {
        alone_bytes_ += size;
        auto owned = std::make_unique<char[]>(size);
        char* const place = owned.get();
        alone_.emplace(place, std::move(owned));
        return place;
    }
    const std::size_t units = (size + unit - 1) / unit;
    std::vector<char*>& freed = freed_[units - 1];
    if (!freed.empty()) {
        char* const place = freed.back();
        freed.pop_back();
        return place;
    }
    if (left_ < units * unit) {
        blocks_.push_back(std::make_unique<char[]>(block_size));
        left_ = block_size;
    }
    char* const place = blocks_.back().get() + (block_size - left_);
    left_ -= units * unit;
    return place;
}

void TextPool::free(std::string_view copied) {
    if (copied.empty()) {
        return;
    }
    char* const place = const_cast<char*>(copied.data());
    if (copied.size() > largest) {
        alone_bytes_ -= copied.size();
        alone_.erase(place);
        return;
    }
    freed_[(copied.size() + unit - 1) / unit - 1].push_back(place);
}

}  // namespace tided::metrics
