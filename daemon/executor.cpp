#include "daemon/executor.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "actuators/retry.h"
#include "daemon/failpoint.h"

namespace tided::daemon {
namespace asio = boost::asio;
namespace {

constexpr Duration longest_wait = std::chrono::hours{1};      // that a provider may ask for
constexpr Duration blind_longest = std::chrono::seconds{30};  // until a failed look is repeated

/// What a pool may take to end: its children's grace, and a little for what follows.
Duration close_timeout(const LivePool& pool) {
    const auto* children = std::get_if<actuators::ProcessPoolSpec>(&pool.config.spec);
    return (children != nullptr ? children->stop_grace : Duration{std::chrono::seconds{10}}) +
           std::chrono::seconds{5};
}

/// Trying the same again at once would fail again: anything but a change by somebody else.
bool is_setback(const Outcome& outcome) {
    return outcome.kind == OutcomeKind::failed ||
           (outcome.kind == OutcomeKind::refused && outcome.error.code != ErrorCode::conflict);
}

}  // namespace

Executor::Executor(ExecutorPorts ports) : ports_(std::move(ports)) {}

Event Executor::event(const LivePool& pool, EventKind kind, std::string text) const {
    Event event;
    event.kind = kind;
    event.at = ports_.clock.now();
    event.pool = pool.config.name;
    event.subject = pool.config.provider;
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
                         .text = std::move(text),
                         .rehearsal = pool.dry_run};
    pool.alarm.ring();
}

void Executor::recover(LivePool& pool, const StepRecord& record) {
    const TimePoint now = ports_.clock.now();
    const TimePoint end = record.intended_at + pool.config.step_timeout;
    // What the provider had accepted is asked on, by its own id; all else is settled by looking.
    const bool goes_on = record.phase == StepPhase::pending && now < end;
    pool.step = OpenStep{.step = record.step,
                         .phase = record.phase,
                         .intended_at = record.intended_at,
                         .give_up_at = goes_on ? end : now + pool.config.step_timeout,
                         .ask_again_at = now,
                         .journalled = true,
                         .recovered = !goes_on};
}

asio::awaitable<void> Executor::drive(std::shared_ptr<LivePool> pool, std::string checkpoint) {
    co_await start(*pool, std::move(checkpoint));
    pool->tend_at = ports_.clock.now();
    pool->observe_at = pool->tend_at + pool->first_look;
    while (!pool->retired) {
        if (ports_.clock.now() >= pool->tend_at || pool->step) {
            co_await tend(*pool);
        }
        if (pool->step && ports_.clock.now() >= pool->step->ask_again_at) {
            co_await advance(*pool);
            co_await tend(*pool);  // what was asked for begins now, not at the next turn
        }
        if (ports_.clock.now() >= pool->observe_at) {
            co_await observe(*pool);
        }
        co_await save_checkpoint(*pool);
        TimePoint next = std::min(pool->tend_at, pool->observe_at);
        if (pool->step) {
            next = std::min(next, pool->step->ask_again_at);
        }
        co_await pool->alarm.wait(next - ports_.clock.now());
        // Woken early (a step, a child that ended, a jump of the clock): look after it at once.
        pool->tend_at = std::min(pool->tend_at, ports_.clock.now());
    }
    co_await close(*pool);
}

asio::awaitable<void> Executor::start(LivePool& pool, std::string checkpoint) {
    const auto origin =
        pool.predecessor ? actuators::Origin::former_pool : actuators::Origin::earlier_run;
    if (pool.predecessor) {
        co_await take_over(pool);
        checkpoint = pool.saved_checkpoint;
    }
    pool.saved_checkpoint = checkpoint;
    pool.started = true;
    if (Status restored = pool.actuator->restore(checkpoint, origin, ports_.clock.now());
        !restored) {
        Event told = event(pool,
                           EventKind::pool_note,
                           "pool " + pool.config.name +
                               " starts without its earlier state: " + restored.error().message);
        told.severity = Severity::error;
        ports_.announcer.tell(std::move(told));
    }
}

/// Waits for the end of the pool this one replaces; its checkpoint and its open step go on here.
asio::awaitable<void> Executor::take_over(LivePool& pool) {
    LivePool& former = *pool.predecessor;
    while (!former.closed && former.started) {
        co_await pool.alarm.wait(std::chrono::milliseconds{50});
    }
    pool.saved_checkpoint = former.actuator->checkpoint();
    if (former.identity == pool.identity) {
        pool.presumed = former.most_replicas();
    }
    if (former.step && former.identity == pool.identity) {
        pool.step = std::exchange(former.step, std::nullopt);
        pool.step->recovered = pool.step->phase != StepPhase::pending;
        pool.step->give_up_at = ports_.clock.now() + pool.config.step_timeout;
        pool.step->ask_again_at = ports_.clock.now();
    } else if (former.step) {
        co_await abandon(former);
    }
    pool.predecessor.reset();
}

asio::awaitable<void> Executor::tend(LivePool& pool) {
    const Deadline deadline = Clock::deadline_in(pool.config.step_timeout);
    const Duration again = co_await pool.face().tend(ports_.clock.now(), deadline);
    pool.tend_at = ports_.clock.now() + again;
    tell_notes(pool);
    tell_trouble(pool);
}

asio::awaitable<void> Executor::observe(LivePool& pool) {
    const Deadline deadline = Clock::deadline_in(pool.config.step_timeout);
    Result<Observed> seen = co_await pool.face().observe(ports_.clock.now(), deadline);
    const TimePoint now = ports_.clock.now();
    const Duration asked_for =
        seen ? Duration{} : std::min(seen.error().retry_after.value_or(Duration{}), longest_wait);
    const Duration usual =
        seen ? pool.config.observe_interval : std::min(pool.config.observe_interval, blind_longest);
    pool.observe_at = now + std::max(usual, asked_for);
    if (seen) {
        pool.observed = *seen;
        pool.observed->at = std::min(seen->at, now);  // the clock may have gone back meanwhile
    }
    tell_provider(pool, seen ? Status{} : Status{fail(seen.error())});
    tell_trouble(pool);
    if (pool.step && pool.step->recovered && pool.observed) {
        co_await settle_recovered(pool);
    }
}

void Executor::look_again(LivePool& pool) const {
    pool.presumed = pool.most_replicas();
    pool.observed.reset();
    pool.observe_at = ports_.clock.now();
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
    const Status written = co_await ports_.journal.commit(std::move(batch), Durability::full);
    if (!written) {
        Event refused = event(pool,
                              EventKind::step_outcome,
                              pool.step->step.policy +
                                  ": not scaled, because its intent cannot "
                                  "be written: " +
                                  written.error().message);
        refused.severity = Severity::error;
        refused.outcome = "refused";
        ports_.telemetry.action(pool.config.provider, refused.outcome);
        ports_.announcer.tell(std::move(refused));
        pool.retry_not_before = ports_.clock.now() + std::chrono::seconds{10};
        pool.step.reset();
        co_return false;
    }
    pool.step->journalled = true;
    failpoint("after_intent");
    co_return true;
}

/// A provider that has accepted a step is asked on after a crash, not told again.
asio::awaitable<void> Executor::write_pending(LivePool& pool) {
    pool.step->phase = StepPhase::pending;
    Batch batch;
    batch.steps.push_back(record(pool));
    static_cast<void>(co_await ports_.journal.commit(std::move(batch), Durability::tick));
}

Outcome Executor::timed_out(const LivePool& pool) const {
    return Outcome::failed({.code = ErrorCode::timed_out,
                            .message = "not finished after " + to_string(pool.config.step_timeout),
                            .effect = Effect::unknown});
}

asio::awaitable<void> Executor::advance(LivePool& pool) {
    if (pool.step->recovered) {
        pool.step->ask_again_at = ports_.clock.now() + std::chrono::seconds{1};
        look_again(pool);
        co_return;
    }
    if (!pool.step->journalled && !co_await write_intent(pool)) {
        co_return;
    }
    const TimePoint now = ports_.clock.now();
    if (pool.step->phase == StepPhase::intended && now >= pool.step->give_up_at) {
        Outcome late = Outcome::refused(
            {.code = ErrorCode::timed_out,
             .message = "its intent took longer to write than step_timeout: not sent"});
        co_await finish(pool, std::move(late));
        co_return;
    }
    const Deadline deadline = Clock::deadline_in(pool.step->give_up_at - now);
    actuators::Actuator& face = pool.step->rehearsal ? *pool.rehearsal : *pool.actuator;
    Outcome outcome = co_await face.apply(pool.step->step, now, deadline);
    failpoint("answer_read");
    tell_notes(pool);
    if (outcome.kind == OutcomeKind::pending) {
        const TimePoint again = ports_.clock.now() + outcome.after;
        if (again < pool.step->give_up_at) {
            pool.step->ask_again_at = again;
            if (pool.step->phase != StepPhase::pending) {
                co_await write_pending(pool);
            }
            co_return;
        }
        outcome = timed_out(pool);
    }
    co_await finish(pool, std::move(outcome));
}

asio::awaitable<void> Executor::finish(LivePool& pool, Outcome outcome) {
    const TimePoint now = ports_.clock.now();
    const Step step = pool.step->step;
    const bool rehearsed = pool.step->rehearsal;
    Event told = event(pool, EventKind::step_outcome, "");
    told.outcome = rehearsed ? "rehearsed" : std::string{to_string(outcome.kind)};
    told.text = step.policy + ": " + to_string(step.from) + " -> " + to_string(step.to) + " " +
                told.outcome;
    if (!outcome.error.message.empty()) {
        told.text += ": " + outcome.error.message;
        told.severity = is_setback(outcome) ? Severity::error : Severity::warn;
    }
    rest(pool, outcome);
    Batch batch;
    if (outcome.kind == OutcomeKind::done && !rehearsed) {
        if (auto scaled = ports_.on_scaled(step.policy, step.from, step.to)) {
            batch.policies.push_back(*std::move(scaled));
        }
    }
    StepRecord closed = record(pool);
    closed.phase = StepPhase::finished;
    closed.finished_at = now;
    closed.outcome = told.outcome;
    closed.message = outcome.error.message;
    ports_.telemetry.action(pool.config.provider, told.outcome);
    ports_.announcer.tell(told);
    if (!rehearsed) {
        look_again(pool);  // what was seen before the step says nothing any more
    }
    pool.step.reset();

    batch.steps.push_back(std::move(closed));
    const std::string checkpoint = pool.actuator->checkpoint();
    batch.pools.push_back({.identity = pool.identity, .checkpoint = checkpoint});
    if (const Status written = co_await ports_.journal.commit(std::move(batch), Durability::full);
        written) {
        pool.saved_checkpoint = checkpoint;
    }
    failpoint("outcome_written");
}

/// After a setback the pool rests before another step is decided; after a success not at all.
void Executor::rest(LivePool& pool, const Outcome& outcome) {
    if (outcome.kind == OutcomeKind::done) {
        pool.failures = 0;
        pool.retry_not_before.reset();
    } else if (is_setback(outcome)) {
        ++pool.failures;
        pool.is_throttled = outcome.error.retry_after.has_value();
        pool.retry_not_before =
            ports_.clock.now() +
            actuators::next_wait(outcome.error, pool.failures, pool.step->step.id);
    }
}

StepRecord Executor::abandoned(StepRecord open, std::string why) const {
    open.phase = StepPhase::finished;
    open.finished_at = ports_.clock.now();
    open.outcome = "abandoned";
    open.message = std::move(why);
    return open;
}

/// Nobody will ask for this step again: its pool is gone from the policy file.
asio::awaitable<void> Executor::abandon(LivePool& pool) {
    StepRecord closed = abandoned(record(pool), "its pool was taken away meanwhile");
    Event told = event(pool, EventKind::step_outcome, "");
    told.severity = Severity::warn;
    told.outcome = closed.outcome;
    told.text = closed.step.policy + ": " + to_string(closed.step.from) + " -> " +
                to_string(closed.step.to) + " abandoned: " + closed.message;
    ports_.telemetry.action(pool.config.provider, closed.outcome);
    ports_.announcer.tell(std::move(told));
    pool.step.reset();
    Batch batch;
    batch.steps.push_back(std::move(closed));
    static_cast<void>(co_await ports_.journal.commit(std::move(batch), Durability::full));
}

asio::awaitable<void> Executor::save_checkpoint(LivePool& pool) {
    std::string checkpoint = pool.actuator->checkpoint();
    if (checkpoint == pool.saved_checkpoint) {
        co_return;
    }
    Batch batch;
    batch.pools.push_back({.identity = pool.identity, .checkpoint = checkpoint});
    if (co_await ports_.journal.commit(std::move(batch), Durability::tick)) {
        pool.saved_checkpoint = std::move(checkpoint);
    }
}

asio::awaitable<void> Executor::close(LivePool& pool) {
    const Deadline deadline = Clock::deadline_in(close_timeout(pool));
    co_await pool.actuator->close(pool.closing, ports_.clock.now(), deadline);
    tell_notes(pool);
    pool.closed = true;
}

}  // namespace tided::daemon
