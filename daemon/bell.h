// Bell: what coroutines wait for when the news comes from elsewhere (a DNS answer, a free place,
// the end of a child). ring() wakes all who wait; each looks again at the state it waits for.
// One thread: between looking at the state and wait() nothing can be missed.
#pragma once

#include <chrono>
#include <memory>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

namespace tided::daemon {

enum class Woken : std::uint8_t { rung, late, cancelled };

class Bell {
public:
    explicit Bell(boost::asio::any_io_executor io);
    ~Bell();
    Bell(const Bell&) = delete;
    Bell& operator=(const Bell&) = delete;

    /// Comes back when rung, at `until`, or when the coroutine is cancelled; in the last case the
    /// caller must not await again.
    [[nodiscard]] boost::asio::awaitable<Woken> wait(std::chrono::steady_clock::time_point until);

    /// Wakes everybody who waits now. The Bell may be destroyed right after.
    void ring();

private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace tided::daemon
