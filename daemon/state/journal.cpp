#include "daemon/state/journal.h"

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

namespace tided::daemon {
namespace asio = boost::asio;
namespace {

constexpr std::size_t most_kept = 10'000;
constexpr auto patience = std::chrono::seconds{10};

/// `later` behind `earlier`, the oldest dropped past the bound.
template <typename Record>
void append(std::vector<Record>& earlier, std::vector<Record> later) {
    earlier.insert(earlier.end(),
                   std::make_move_iterator(later.begin()),
                   std::make_move_iterator(later.end()));
    if (earlier.size() > most_kept) {
        earlier.erase(earlier.begin(), earlier.end() - static_cast<std::ptrdiff_t>(most_kept));
    }
}

template <typename Record>
void prepend(std::vector<Record>& earlier, std::vector<Record>& later) {
    if (!earlier.empty()) {
        append(earlier, std::move(later));
        later = std::exchange(earlier, {});
    }
}

}  // namespace

asio::awaitable<Status> Journal::commit(Batch batch, Durability durability) {
    batch.events = announcer_.take();
    add_unwritten(batch);
    Batch kept;
    kept.pools = batch.pools;
    kept.events = batch.events;
    std::copy_if(batch.steps.begin(),
                 batch.steps.end(),
                 std::back_inserter(kept.steps),
                 // An intent that was not written must never be found open: its call did not leave.
                 [](const StepRecord& step) { return step.phase == StepPhase::finished; });
    under_way_.push_back(std::chrono::steady_clock::now());
    const Status written = co_await store_.commit(std::move(batch), durability);
    under_way_.pop_front();
    if (!written) {
        keep(std::move(kept));
    }
    tell(written);
    co_return written;
}

void Journal::add_unwritten(Batch& batch) {
    prepend(unwritten_.pools, batch.pools);
    prepend(unwritten_.steps, batch.steps);
    prepend(unwritten_.events, batch.events);
}

void Journal::keep(Batch failed) {
    append(unwritten_.pools, std::move(failed.pools));
    append(unwritten_.steps, std::move(failed.steps));
    append(unwritten_.events, std::move(failed.events));
}

void Journal::tell(const Status& written) {
    const bool was_well = error_.empty();
    error_ = written ? "" : written.error().message;
    if (was_well == error_.empty()) {
        return;
    }
    Event event;
    event.kind = was_well ? EventKind::state_lost : EventKind::state_back;
    event.severity = was_well ? Severity::error : Severity::info;
    event.at = clock_.now();
    event.text = was_well ? "the state cannot be written, so nothing is scaled: " + error_
                          : "the state can be written again";
    announcer_.tell(std::move(event));
}

std::string Journal::trouble() const {
    if (!error_.empty()) {
        return "the state cannot be written: " + error_;
    }
    const auto now = std::chrono::steady_clock::now();
    if (under_way_.empty() || now - under_way_.front() < patience) {
        return "";
    }
    return "the state has not been written for " +
           to_string(std::chrono::floor<std::chrono::seconds>(now - under_way_.front())) +
           ": the disk does not answer";
}

}  // namespace tided::daemon
