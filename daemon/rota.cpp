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
    if (due != TimePoint::max()) {
        queue_.push({due, item});
    }
}

void Rota::put(std::size_t item, TimePoint due) {
    size_ = std::max(size_, item + 1);
    items_.resize(std::max(items_.size(), size_));
    queue(item, due);
    alarm_.ring();
}

void Rota::set(std::vector<TimePoint> due) {
    // A thing under way keeps its busy mark: it must not be started twice.
    size_ = due.size();
    std::size_t kept = items_.size();
    while (kept > size_ && !items_[kept - 1].busy) {
        --kept;
    }
    items_.resize(std::max(size_, kept));
    queue_ = {};
    for (std::size_t i = 0; i < due.size(); ++i) {
        queue(i, due[i]);
    }
    ++generation_;
    alarm_.ring();
}

void Rota::add(TimePoint due) {
    if (size_ == items_.size()) {
        items_.emplace_back();
    }
    queue(size_++, due);
    alarm_.ring();
}

void Rota::wake(std::size_t item) {
    if (item < size_) {
        items_[item].again = items_[item].busy;
        queue(item, TimePoint::min());
        alarm_.ring();
    }
}

void Rota::rebase(Duration jump) {
    queue_ = {};
    for (std::size_t i = 0; i < size_; ++i) {
        const TimePoint due = items_[i].due;
        const bool is_fixed = due == TimePoint::min() || due == TimePoint::max();
        queue(i, is_fixed ? due : due + jump);
    }
    alarm_.ring();
}

void Rota::stop() {
    stopped_ = true;
    alarm_.ring();
}

bool Rota::counts(const Place& place) const {
    return place.item < size_ && !items_[place.item].busy && items_[place.item].due == place.due;
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
    const bool was_full = under_way_-- >= options_.at_once;
    Item& self = items_[item];
    self.busy = false;
    if (item < size_) {
        const bool keeps_due = std::exchange(self.again, false) || generation != generation_;
        queue(item, keeps_due ? self.due : next);
    }
    // The timer stands at what is due first: others need not move it.
    if (was_full || (!queue_.empty() && queue_.top().item == item)) {
        alarm_.ring();
    }
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
