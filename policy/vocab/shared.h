// Shared: a value that many hold and none changes, as the one timetable of all instances of a
// template. Copies are cheap; it compares by content, so that whoever holds one stays a value.
#pragma once

#include <memory>
#include <utility>

namespace tided {

template <typename T>
class Shared {
public:
    Shared() = default;
    explicit Shared(T value) : value_(std::make_shared<const T>(std::move(value))) {}

    /// Null while there is none.
    [[nodiscard]] const T* get() const { return value_.get(); }
    const T& operator*() const { return *value_; }
    const T* operator->() const { return value_.get(); }
    explicit operator bool() const { return value_ != nullptr; }

    friend bool operator==(const Shared& a, const Shared& b) {
        return a.value_ == b.value_ || (a.value_ && b.value_ && *a.value_ == *b.value_);
    }

private:
    std::shared_ptr<const T> value_;
};

}  // namespace tided
