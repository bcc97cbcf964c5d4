#include "daemon/scope.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/system_error.hpp>

#include "daemon/ticker.h"

namespace tided::daemon {
namespace asio = boost::asio;

Scope::Scope(asio::any_io_executor io,
             std::function<void(const std::string&, const std::string&)> on_bug)
    : io_(std::move(io)), on_bug_(std::move(on_bug)) {}

void Scope::spawn(std::string doing, asio::awaitable<void> work) {
    running_.emplace_back();
    const auto self = std::prev(running_.end());
    self->doing = std::move(doing);
    asio::co_spawn(io_,
                   std::move(work),
                   asio::bind_cancellation_slot(
                       self->cancel.slot(), [this, self](const std::exception_ptr& thrown) {
                           if (thrown) {
                               try {
                                   std::rethrow_exception(thrown);
                               } catch (const boost::system::system_error& error) {
                                   // A cancelled coroutine ends like this at its next await.
                                   if (error.code() != asio::error::operation_aborted) {
                                       on_bug_(self->doing, error.what());
                                   }
                               } catch (const std::exception& bug) {
                                   on_bug_(self->doing, bug.what());
                               }
                           }
                           // Its slot is in use until this handler has returned.
                           self->ended = true;
                           asio::post(io_, [this, self] { running_.erase(self); });
                       }));
}

void Scope::cancel() {
    for (Work& work : running_) {
        if (!work.ended) {
            work.cancel.emit(asio::cancellation_type::terminal);
        }
    }
}

asio::awaitable<void> Scope::drain(Deadline deadline) {
    constexpr Duration pace = std::chrono::milliseconds{5};
    bool cancelled = false;
    while (!running_.empty()) {
        if (!cancelled && std::chrono::steady_clock::now() >= deadline.at) {
            cancel();
            cancelled = true;
        }
        co_await wait_for(pace);
    }
}

}  // namespace tided::daemon
