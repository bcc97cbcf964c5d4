#include "daemon/ticker.h"

#include <algorithm>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace tided::daemon {
namespace asio = boost::asio;
namespace {

// Keeps a far instant from overflowing the timer's clock.
constexpr Duration longest_wait = std::chrono::hours{24};

}  // namespace

asio::awaitable<void> wait_for(Duration d) {
    asio::steady_timer timer{co_await asio::this_coro::executor,
                             std::clamp(d, Duration{0}, longest_wait)};
    co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
}

struct Alarm::Impl {
    explicit Impl(asio::any_io_executor io) : timer(std::move(io)) {}
    asio::steady_timer timer;
    bool rung = false;
};

Alarm::Alarm(asio::any_io_executor io) : impl_(std::make_unique<Impl>(std::move(io))) {}

Alarm::~Alarm() = default;

asio::awaitable<void> Alarm::wait(Duration d) {
    if (!impl_->rung) {
        impl_->timer.expires_after(std::clamp(d, Duration{0}, longest_wait));
        co_await impl_->timer.async_wait(asio::as_tuple(asio::use_awaitable));
    }
    impl_->rung = false;
}

void Alarm::ring() {
    impl_->rung = true;
    impl_->timer.cancel();
}

}  // namespace tided::daemon
