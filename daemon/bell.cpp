#include "daemon/bell.h"

#include <utility>
#include <vector>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace tided::daemon {

namespace asio = boost::asio;

struct Bell::Impl {
    struct Waiter {
        asio::steady_timer timer;
        bool rung = false;
    };

    asio::any_io_executor io;
    std::vector<std::weak_ptr<Waiter>> waiters;
};

Bell::Bell(asio::any_io_executor io) : impl_(std::make_shared<Impl>()) {
    impl_->io = std::move(io);
}

Bell::~Bell() = default;

asio::awaitable<Woken> Bell::wait(std::chrono::steady_clock::time_point until) {
    auto waiter =
        std::make_shared<Impl::Waiter>(Impl::Waiter{asio::steady_timer(impl_->io), false});
    waiter->timer.expires_at(until);
    std::erase_if(impl_->waiters, [](const auto& other) { return other.expired(); });
    impl_->waiters.push_back(waiter);
    const auto [error] = co_await waiter->timer.async_wait(asio::as_tuple(asio::use_awaitable));
    if (waiter->rung) {
        co_return Woken::rung;
    }
    co_return error ? Woken::cancelled : Woken::late;
}

void Bell::ring() {
    const auto waiters = std::exchange(impl_->waiters, {});
    for (const auto& weak : waiters) {
        if (const auto waiter = weak.lock()) {
            waiter->rung = true;
            waiter->timer.cancel();
        }
    }
}

}  // namespace tided::daemon
