#include "daemon/rota.h"

#include <algorithm>
#include <utility>

namespace tided::daemon {
namespace asio = boost::asio;

Rota::Rota(asio::any_io_executor io, Clock& clock, Scope& scope, Options options, Work work)
    : clock_(clock),
      scope_(scope),
      options_(std::move(options)),
      work_(std::move(work)),
      alarm_(std::move(io)) {}

void Rota::queue(std::size_t item, TimePoint due) {
    items_[item].due = due;
    queue_.push({due, item});
}

void Rota::set(std::vector<TimePoint> due) {
    // A thing under way keeps its busy mark: it must not be started twice.
    items_.resize(due.size());
    queue_ = {};
    for (std::size_t i = 0; i < due.size(); ++i) {
        queue(i, due[i]);
    }
    ++generation_;
    alarm_.ring();
}

void Rota::wake(std::size_t item) {
    if (item < items_.size()) {
        items_[item].again = items_[item].busy;
        queue(item, TimePoint::min());
        alarm_.ring();
    }
}

void Rota::rebase(Duration jump) {
    queue_ = {};
    for (std::size_t i = 0; i < items_.size(); ++i) {
        queue(i, items_[i].due == TimePoint::min() ? TimePoint::min() : items_[i].due + jump);
    }
    alarm_.ring();
}

void Rota::stop() {
    stopped_ = true;
    alarm_.ring();
}

bool Rota::counts(const Place& place) const {
    return place.item < items_.size() && !items_[place.item].busy &&
           items_[place.item].due == place.due;
}

Duration Rota::until_next(TimePoint now) {
    while (!queue_.empty() && !counts(queue_.top())) {
        queue_.pop();
    }
    if (queue_.empty() || under_way_ >= options_.at_once) {
        return Duration::max();
    }
    return queue_.top().due <= now ? Duration{0} : queue_.top().due - now;
}

void Rota::start_due(TimePoint now) {
    while (until_next(now) == Duration{0}) {
        const std::size_t item = queue_.top().item;
        queue_.pop();
        items_[item].busy = true;
        items_[item].again = false;
        ++under_way_;
        scope_.spawn(options_.doing, do_one(item));
    }
}

asio::awaitable<void> Rota::do_one(std::size_t item) {
    const std::size_t generation = generation_;
    const TimePoint next = co_await work_(item);
    --under_way_;
    if (item < items_.size()) {
        Item& self = items_[item];
        self.busy = false;
        const bool keeps_due = std::exchange(self.again, false) || generation != generation_;
        queue(item, keeps_due ? self.due : next);
    }
    alarm_.ring();
}

asio::awaitable<void> Rota::run() {
    while (!stopped_) {
        co_await alarm_.wait(until_next(clock_.now()));
        if (!stopped_) {
            start_due(clock_.now());
        }
    }
}

}  // namespace tided::daemon
