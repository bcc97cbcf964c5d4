// FakeActuator: a pool that exists in memory and fails as told.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "actuators/actuator.h"

namespace tided::testing {

class FakeActuator : public actuators::Actuator {
public:
    Replicas replicas{1};
    std::vector<Step> applied;
    std::deque<Outcome> outcomes;  ///< answers in order; empty: done
    std::optional<Error> observe_error;
    std::deque<actuators::Note> notes;
    std::string restored;
    actuators::Origin origin = actuators::Origin::earlier_run;
    std::string why_not;      ///< its trouble
    std::uint64_t again = 0;  ///< its restarts
    bool closed = false;
    actuators::Closing closing = actuators::Closing::for_now;
    Deadline close_deadline{};
    int observations = 0;

    [[nodiscard]] std::string identity() const override { return "fake/web"; }

    boost::asio::awaitable<Result<Observed>> observe(TimePoint now,
                                                     Deadline /*deadline*/) override {
        ++observations;
        if (observe_error) {
            co_return fail(*observe_error);
        }
        co_return Observed{.replicas = replicas, .present = replicas, .ready = replicas, .at = now};
    }

    boost::asio::awaitable<Outcome> apply(Step step,
                                          TimePoint /*now*/,
                                          Deadline /*deadline*/) override {
        applied.push_back(step);
        Outcome outcome = Outcome::done();
        if (!outcomes.empty()) {
            outcome = std::move(outcomes.front());
            outcomes.pop_front();
        }
        if (outcome.kind == OutcomeKind::done) {
            replicas = step.to;
        }
        co_return outcome;
    }

    [[nodiscard]] std::string checkpoint() const override { return to_string(replicas); }
    [[nodiscard]] std::string trouble() const override { return why_not; }
    [[nodiscard]] std::uint64_t restarts() const override { return again; }
    Status restore(const std::string& checkpoint,
                   actuators::Origin from,
                   TimePoint /*now*/) override {
        origin = from;
        restored = checkpoint;
        return {};
    }
    boost::asio::awaitable<void> close(actuators::Closing why,
                                       TimePoint /*now*/,
                                       Deadline deadline) override {
        closed = true;
        closing = why;
        close_deadline = deadline;
        co_return;
    }
    std::vector<actuators::Note> take_notes() override {
        std::vector<actuators::Note> taken{notes.begin(), notes.end()};
        notes.clear();
        return taken;
    }
};

}  // namespace tided::testing
