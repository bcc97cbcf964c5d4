#include "daemon/executor.h"

#include <algorithm>
#include <utility>

#include "actuators/retry.h"
#include "daemon/failpoint.h"

namespace tided::daemon {
namespace asio = boost::asio;
namespace {

constexpr Duration close_timeout = std::chrono::seconds{15};

Event about(const LivePool& pool, EventKind kind, TimePoint now) {
    Event event;
    event.kind = kind;
    event.at = now;
    event.pool = pool.config.name;
    event.subject = pool.config.provider;
    return event;
}

}  // namespace

Executor::Executor(ExecutorPorts ports) : ports_(std::move(ports)) {}

Event Executor::event(const LivePool& pool, EventKind kind, std::string text) const {
    Event event = about(pool, kind, ports_.clock.now());
    event.text = std::move(text);
    if (pool.step) {
        event.policy = pool.step->step.policy;
        event.step = pool.step->step.id;
        event.from = pool.step->step.from;
        event.to = pool.step->step.to;
    }
    return event;
}

StepRecord Executor::record(const LivePool& pool) const {
    return {.step = pool.step->step,
            .identity = pool.identity,
            .phase = pool.step->phase,
            .intended_at = pool.step->intended_at};
}

void Executor::submit(LivePool& pool, Step step, std::string text) {
    const TimePoint now = ports_.clock.now();
    pool.step = OpenStep{.step = std::move(step),
                         .intended_at = now,
                         .give_up_at = now + pool.config.step_timeout,
                         .ask_again_at = now,
                         .text = std::move(text)};
    pool.alarm.ring();
}

void Executor::recover(LivePool& pool, const StepRecord& record) {
    const TimePoint now = ports_.clock.now();
    pool.step = OpenStep{.step = record.step,
                         .phase = record.phase,
                         .intended_at = record.intended_at,
                         .give_up_at = now + pool.config.step_timeout,
                         .ask_again_at = now,
                         .journalled = true,
                         .recovered = true};
}

asio::awaitable<void> Executor::drive(std::shared_ptr<LivePool> pool, std::string checkpoint) {
    co_await start(*pool, std::move(checkpoint));
    TimePoint next_tend = ports_.clock.now();
    TimePoint next_observe = next_tend;
    while (!pool->retired) {
        const TimePoint now = ports_.clock.now();
        if (now >= next_tend || pool->step) {
            co_await tend(*pool, next_tend);
        }
        if (pool->step && ports_.clock.now() >= pool->step->ask_again_at) {
            co_await advance(*pool);
            co_await tend(*pool, next_tend);  // what was asked for begins now, not at the next turn
        }
        if (ports_.clock.now() >= next_observe || !pool->observed) {
            co_await observe(*pool, next_observe);
        }
        co_await save_checkpoint(*pool);
        TimePoint next = std::min(next_tend, next_observe);
        if (pool->step) {
            next = std::min(next, pool->step->ask_again_at);
        }
        const TimePoint asleep = ports_.clock.now();
        co_await pool->alarm.wait(next - asleep);
        // Woken early (a step, a child that ended, a jump of the clock): look after everything.
        if (ports_.clock.now() < next || ports_.clock.now() < asleep) {
            next_tend = ports_.clock.now();
        }
    }
    co_await close(*pool);
}

asio::awaitable<void> Executor::start(LivePool& pool, std::string checkpoint) {
    if (pool.predecessor) {
        while (!pool.predecessor->closed && pool.predecessor->started) {
            co_await pool.alarm.wait(std::chrono::milliseconds{50});
        }
        checkpoint = pool.predecessor->actuator->checkpoint();
        pool.predecessor.reset();
    }
    pool.saved_checkpoint = checkpoint;
    pool.started = true;
    if (Status restored = pool.actuator->restore(checkpoint, ports_.clock.now()); !restored) {
        Event told = event(pool,
                           EventKind::pool_note,
                           "pool " + pool.config.name +
                               " starts without its earlier state: " + restored.error().message);
        told.severity = Severity::error;
        ports_.announcer.tell(std::move(told));
    }
}

asio::awaitable<void> Executor::tend(LivePool& pool, TimePoint& next) {
    const Deadline deadline = Clock::deadline_in(pool.config.step_timeout);
    const Duration again = co_await pool.face().tend(ports_.clock.now(), deadline);
    next = ports_.clock.now() + again;
    tell_notes(pool);
}

asio::awaitable<void> Executor::observe(LivePool& pool, TimePoint& next) {
    const Deadline deadline = Clock::deadline_in(pool.config.step_timeout);
    Result<Observed> seen = co_await pool.face().observe(ports_.clock.now(), deadline);
    next = ports_.clock.now() + pool.config.observe_interval;
    if (seen) {
        pool.observed = *seen;
    }
    tell_provider(pool, seen ? Status{} : Status{fail(seen.error())});
    if (pool.step && pool.step->recovered && pool.observed) {
        co_await settle_recovered(pool);
    }
    ports_.on_observed();
}

asio::awaitable<void> Executor::settle_recovered(LivePool& pool) {
    // Built before the await: g++ 12 destroys a braced temporary inside it twice.
    Outcome outcome = Outcome::done();
    if (pool.observed->replicas != pool.step->step.to) {
        outcome =
            Outcome::refused({.code = ErrorCode::conflict,
                              .message = "a restart cut it short and the pool is at " +
                                         to_string(pool.observed->replicas) + ": decided afresh"});
    }
    co_await finish(pool, std::move(outcome));
}

asio::awaitable<bool> Executor::write_intent(LivePool& pool) {
    failpoint("before_intent");
    Event told = event(pool, EventKind::step_intended, pool.step->text);
    told.severity = Severity::debug;  // the decision has said the same aloud
    ports_.announcer.tell(std::move(told));
    Batch batch;
    batch.steps.push_back(record(pool));
    batch.events = ports_.announcer.take();
    const Status written = co_await ports_.store.commit(std::move(batch), Durability::full);
    if (!written) {
        Event refused = event(pool,
                              EventKind::step_outcome,
                              pool.step->step.policy +
                                  ": not scaled, because its intent cannot "
                                  "be written: " +
                                  written.error().message);
        refused.severity = Severity::error;
        refused.outcome = "refused";
        ports_.announcer.tell(std::move(refused));
        pool.retry_not_before = ports_.clock.now() + std::chrono::seconds{10};
        pool.step.reset();
        co_return false;
    }
    pool.step->journalled = true;
    failpoint("after_intent");
    co_return true;
}

Outcome Executor::timed_out(const LivePool& pool) const {
    return Outcome::failed({.code = ErrorCode::timed_out,
                            .message = "not finished after " + to_string(pool.config.step_timeout),
                            .effect = Effect::unknown});
}

asio::awaitable<void> Executor::advance(LivePool& pool) {
    if (pool.step->recovered) {
        pool.step->ask_again_at = ports_.clock.now() + std::chrono::seconds{1};
        pool.observed.reset();  // look first
        co_return;
    }
    if (!pool.step->journalled && !co_await write_intent(pool)) {
        co_return;
    }
    const TimePoint now = ports_.clock.now();
    const Deadline deadline = Clock::deadline_in(pool.step->give_up_at - now);
    Outcome outcome = co_await pool.face().apply(pool.step->step, now, deadline);
    failpoint("answer_read");
    tell_notes(pool);
    if (outcome.kind == OutcomeKind::pending) {
        const TimePoint again = ports_.clock.now() + outcome.after;
        if (again < pool.step->give_up_at) {
            pool.step->phase = StepPhase::pending;
            pool.step->ask_again_at = again;
            co_return;
        }
        outcome = timed_out(pool);
    }
    co_await finish(pool, std::move(outcome));
}

asio::awaitable<void> Executor::finish(LivePool& pool, Outcome outcome) {
    const TimePoint now = ports_.clock.now();
    const Step step = pool.step->step;
    const bool rehearsed = pool.dry_run && !pool.step->recovered;
    Event told = event(pool, EventKind::step_outcome, "");
    told.outcome = rehearsed ? "rehearsed" : std::string{to_string(outcome.kind)};
    told.text = step.policy + ": " + to_string(step.from) + " -> " + to_string(step.to) + " " +
                told.outcome;
    if (!outcome.error.message.empty()) {
        told.text += ": " + outcome.error.message;
        told.severity = outcome.kind == OutcomeKind::failed ? Severity::error : Severity::warn;
    }
    if (outcome.kind == OutcomeKind::done) {
        pool.failures = 0;
        pool.retry_not_before.reset();
        if (!rehearsed) {
            ports_.on_scaled(step.policy, step.from, step.to, now);
        }
    } else if (outcome.kind == OutcomeKind::failed) {
        ++pool.failures;
        pool.retry_not_before = now + actuators::next_wait(outcome.error, pool.failures, step.id);
    }
    StepRecord closed = record(pool);
    closed.phase = StepPhase::finished;
    closed.finished_at = now;
    closed.outcome = told.outcome;
    closed.message = outcome.error.message;
    ports_.telemetry.action(pool.config.provider, told.outcome);
    ports_.announcer.tell(told);
    if (!rehearsed) {
        pool.observed.reset();  // what was seen before the step says nothing any more
    }
    pool.step.reset();

    Batch batch;
    batch.steps.push_back(std::move(closed));
    const std::string checkpoint = pool.actuator->checkpoint();
    batch.pools.push_back({.identity = pool.identity, .checkpoint = checkpoint});
    batch.events = ports_.announcer.take();
    if (const Status written = co_await ports_.store.commit(std::move(batch), Durability::full);
        written) {
        pool.saved_checkpoint = checkpoint;
    }
    failpoint("outcome_written");
}

asio::awaitable<void> Executor::save_checkpoint(LivePool& pool) {
    std::string checkpoint = pool.actuator->checkpoint();
    if (checkpoint == pool.saved_checkpoint) {
        co_return;
    }
    Batch batch;
    batch.pools.push_back({.identity = pool.identity, .checkpoint = checkpoint});
    if (co_await ports_.store.commit(std::move(batch), Durability::tick)) {
        pool.saved_checkpoint = std::move(checkpoint);
    }
}

asio::awaitable<void> Executor::close(LivePool& pool) {
    co_await pool.actuator->close(ports_.clock.now(), Clock::deadline_in(close_timeout));
    tell_notes(pool);
    pool.closed = true;
}

void Executor::tell_notes(LivePool& pool) {
    for (actuators::Note& note : pool.face().take_notes()) {
        Event told = about(pool, EventKind::pool_note, ports_.clock.now());
        told.text = std::move(note.text);
        told.severity = note.level == actuators::Note::Level::error  ? Severity::error
                        : note.level == actuators::Note::Level::warn ? Severity::warn
                                                                     : Severity::info;
        ports_.announcer.tell(std::move(told));
    }
}

void Executor::tell_provider(LivePool& pool, const Status& last_call) {
    const bool unreachable = !last_call && (last_call.error().code == ErrorCode::unavailable ||
                                            last_call.error().code == ErrorCode::timed_out);
    const std::string error = last_call ? "" : last_call.error().message;
    const std::string before = std::exchange(pool.observe_error, error);
    if (!unreachable && !error.empty() && error != before) {
        Event told = about(pool, EventKind::pool_note, ports_.clock.now());
        told.severity = Severity::warn;
        told.text = "pool " + pool.config.name + " cannot be observed: " + error;
        ports_.announcer.tell(std::move(told));
    }
    LiveProvider& provider = *pool.provider;
    const bool was_lost = std::exchange(provider.lost, unreachable);
    provider.last_error = error;
    if (was_lost == provider.lost) {
        return;
    }
    Event told = about(pool,
                       provider.lost ? EventKind::provider_lost : EventKind::provider_back,
                       ports_.clock.now());
    told.severity = provider.lost ? Severity::warn : Severity::info;
    told.text = "provider " + provider.config.name +
                (provider.lost ? " does not answer: " + error : " answers again");
    ports_.announcer.tell(std::move(told));
}

}  // namespace tided::daemon
