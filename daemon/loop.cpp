#include "daemon/loop.h"

#include <algorithm>
#include <utility>

#include "daemon/arbiter.h"
#include "daemon/recompute.h"
#include "daemon/state/decision_record.h"
#include "policy/capacity.h"
#include "policy/computed.h"
#include "policy/explain.h"

namespace tided::daemon {
namespace asio = boost::asio;
namespace {

constexpr Duration longest_sleep = std::chrono::seconds{1};  // feeds the watchdog, sees clock jumps

/// The first multiple of `interval` after `now`: policies of one interval share their ticks.
TimePoint next_due(TimePoint now, Duration interval) {
    const auto since = now.time_since_epoch();
    return TimePoint{(since / interval + 1) * interval};
}

PolicyRecord record_of(const LivePolicy& policy) {
    return {.name = policy.config.spec.name, .state = policy.state, .pause = policy.pause};
}

/// What an event is told for: a change of what is wanted, of what is known of the metrics or of
/// what stands in the way, not each tick.
std::string gist_of(const LivePolicy& policy) {
    std::string gist = std::to_string(policy.decision.desired.count) + "/" +
                       std::to_string(policy.decision.observation_known ? 1 : 0) +
                       (policy.plan.step_to ? "/step" : "") +
                       (policy.plan.cut.empty() ? "" : to_string(*policy.plan.step_to));
    for (const Reading& reading : policy.readings) {
        gist += "-spf"[static_cast<std::size_t>(reading.freshness)];
    }
    for (const policy::Refusal& refusal : policy.plan.refusals) {
        gist += "/";
        gist += policy::to_string(refusal.guard);
    }
    return gist;
}

}  // namespace

Loop::Loop(asio::any_io_executor io, LoopPorts ports, std::uint64_t boot)
    : ports_(std::move(ports)), alarm_(std::move(io)), boot_(boot) {}

void Loop::stop() {
    stopped_ = true;
    alarm_.ring();
}

asio::awaitable<void> Loop::run(Fleet& fleet, const config::Daemon& options) {
    while (!stopped_) {
        co_await alarm_.wait(until_next(fleet, ports_.clock.now()));
        if (stopped_) {
            co_return;
        }
        ports_.feed_watchdog();
        check_clock(fleet);
        const auto begin = std::chrono::steady_clock::now();
        tick(fleet, options, ports_.clock.now());
        ports_.telemetry.tick(
            std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
        // A slow disk must not pile up transactions: what changed waits for the next tick.
        if (!ports_.store_is_behind()) {
            ports_.save();
        }
    }
}

Duration Loop::until_next(const Fleet& fleet, TimePoint now) const {
    TimePoint next = now + longest_sleep;
    for (const auto& policy : fleet.policies) {
        next = std::min(next, policy->due);
    }
    return next - now;
}

void Loop::tick_all(Fleet& fleet, const config::Daemon& options) {
    for (auto& policy : fleet.policies) {
        policy->due = TimePoint::min();
    }
    tick(fleet, options, ports_.clock.now());
}

void Loop::tick(Fleet& fleet, const config::Daemon& options, TimePoint now) {
    judge_partition(fleet, options.self_partition, now);
    due_.clear();
    look_at_schedules(fleet, now);
    for (auto& policy : fleet.policies) {
        if (policy->due > now) {
            continue;
        }
        policy->due = next_due(now, policy->config.interval);
        read(*policy, now, options);
        evaluate(*policy, now);
        due_.push_back(policy.get());
    }
    arbitrate(fleet, options.limits, due_, now, ports_.orders);
    for (LivePolicy* policy : due_) {
        act(*policy, now);
        tell_decision(*policy, now);
        show(*policy, now);
        policy->unsaved = true;
    }
}

// ---- 4: windows -> readings ----

void Loop::read(LivePolicy& policy, TimePoint now, const config::Daemon& options) {
    for (std::size_t i = 0; i < policy.slots.size(); ++i) {
        const Slot& slot = policy.slots[i];
        if (!slot.source) {
            continue;
        }
        Reading reading = slot.source->source->read(slot.query, now);
        // Who knows of silent targets knows more than a second source that has left them out.
        if (reading.freshness < Freshness::partial && slot.fallback) {
            Reading second = slot.fallback->source->read(slot.fallback_query, now);
            second.rung = 1;
            if (second.freshness > reading.freshness) {
                reading = second;
            }
        }
        policy.readings[i] = reading;
    }
    policy::compute(policy.config.spec, policy.readings);
    for (std::size_t i = 0; i < policy.slots.size(); ++i) {
        tell_freshness(policy, i, now, options.metric_stale_notice);
    }
}

void Loop::tell_freshness(LivePolicy& policy, std::size_t metric, TimePoint now, Duration notice) {
    Slot& slot = policy.slots[metric];
    const bool fresh = policy.readings[metric].is_fresh();
    if (fresh && !slot.stale_told) {
        slot.not_fresh_since.reset();
        return;
    }
    if (!fresh && !slot.not_fresh_since) {
        slot.not_fresh_since = now;
    }
    if (fresh == !slot.stale_told || (!fresh && now - *slot.not_fresh_since < notice)) {
        return;
    }
    const std::string& name = policy.config.spec.metrics[metric].name;
    Event event;
    event.kind = fresh ? EventKind::metric_fresh : EventKind::metric_stale;
    event.severity = fresh ? Severity::info : Severity::warn;
    event.at = now;
    event.policy = policy.config.spec.name;
    event.subject = name;
    event.text = policy.config.spec.name + ": metric " + name +
                 (fresh ? " is fresh again after " : " has had no fresh reading for ") +
                 to_string(now - *slot.not_fresh_since);
    slot.stale_told = !fresh;
    if (fresh) {
        slot.not_fresh_since.reset();
    }
    ports_.announcer.tell(std::move(event));
}

// ---- 5: readings + observed -> decision, 6: decision -> plan ----

void Loop::evaluate(LivePolicy& policy, TimePoint now) {
    const std::optional<Observed>& observed = policy.pool->observed;
    before_ = policy.state;
    policy.decision = policy::decide(
        policy.config.spec,
        {.now = now, .observed = observed ? &*observed : nullptr, .readings = policy.readings},
        policy.state);
    if (policy.pause && policy.pause->until && *policy.pause->until <= now) {
        Event event;
        event.kind = EventKind::resumed;
        event.at = now;
        event.policy = policy.config.spec.name;
        event.text =
            policy.config.spec.name + ": the pause by " + policy.pause->owner + " has expired";
        policy.pause.reset();
        ports_.announcer.tell(std::move(event));
    }
    policy.plan =
        policy::plan(policy.config.spec, policy.state, policy.decision, circumstances(policy, now));
    keep_record(policy, now);
}

/// What a decision was made of, when it will be told: at rest nothing is kept.
void Loop::keep_record(LivePolicy& policy, TimePoint now) {
    policy.record.clear();
    if (!policy.plan.step_to && gist_of(policy) == policy.told) {
        return;
    }
    const bool is_known = policy.decision.observation_known;
    policy.record = encode(
        DecisionRecord{.now = now,
                       .observed = policy.pool->observed,
                       .readings = policy.readings,
                       .state = before_,
                       .rules = policy.config.fingerprint,
                       .desired = is_known ? std::optional{policy.decision.desired} : std::nullopt,
                       .in_force = in_force(policy.config.spec, now)});
}

policy::Circumstances Loop::circumstances(const LivePolicy& policy, TimePoint now) const {
    const LivePool& pool = *policy.pool;
    policy::Circumstances around;
    around.now = now;
    around.readings = policy.readings;
    around.brake = ports_.orders.brake() ? &*ports_.orders.brake() : nullptr;
    around.approval = ports_.orders.approval(policy.config.spec.name, now);
    around.pause = policy.pause ? &*policy.pause : nullptr;
    around.step_in_flight = pool.is_busy();
    around.observation_age = pool.observed ? now - pool.observed->at : Duration{0};
    around.observation_max_age = pool.observe_error.empty()
                                     ? 3 * pool.config.observe_interval + pool.config.step_timeout
                                     : pool.config.observe_interval;
    around.clock_held_until = clock_held_until_;
    around.self_partitioned = partitioned_;
    around.retry_not_before = pool.retry_not_before;
    return around;
}

// ---- 7: plan -> step ----

void Loop::act(LivePolicy& policy, TimePoint now) {
    LivePool& pool = *policy.pool;
    if (!policy.plan.step_to) {
        return;
    }
    Step step{.id = std::to_string(boot_) + "-" + std::to_string(steps_ + 1),
              .policy = policy.config.spec.name,
              .pool = pool.config.name,
              .from = policy.decision.current,
              .to = *policy.plan.step_to};
    if (pool.dry_run && pool.rehearsed && pool.rehearsed->from == step.from &&
        pool.rehearsed->to == step.to) {
        return;
    }
    const bool is_whole = policy.plan.cut.empty();  // the rest of a step needs the same yes
    if (!pool.dry_run && is_whole && policy::needs_approval(policy.config.spec, policy.decision)) {
        ports_.orders.use_approval(policy.config.spec.name, now);
    }
    ++steps_;
    pool.rehearsed = pool.dry_run ? std::optional{step} : std::nullopt;
    ports_.executor.submit(
        pool, std::move(step), policy::explain(policy.decision, policy.plan, policy.config.spec));
}

std::optional<PolicyRecord> Loop::on_scaled(Fleet& fleet,
                                            const std::string& name,
                                            Replicas from,
                                            Replicas to) {
    const auto at = std::lower_bound(
        fleet.policies.begin(), fleet.policies.end(), name, [](const auto& p, const auto& wanted) {
            return p->config.spec.name < wanted;
        });
    if (at != fleet.policies.end() && (*at)->config.spec.name == name) {
        LivePolicy& policy = **at;
        policy::record_scale_event(policy.config.spec, policy.state, from, to, ports_.clock.now());
        policy.unsaved = true;
        return record_of(policy);
    }
    return std::nullopt;
}

// ---- 8: what happened -> event, view ----

void Loop::tell_decision(LivePolicy& policy, TimePoint now) {
    std::string gist = gist_of(policy);
    const bool moved = policy.decision.direction() != policy::Direction::hold;
    if (gist == policy.told) {
        return;
    }
    const bool first = policy.told.empty();
    policy.told = std::move(gist);
    Event event;
    event.kind = EventKind::decision;
    event.severity = first && !moved ? Severity::debug : Severity::info;
    event.at = now;
    event.policy = policy.config.spec.name;
    event.pool = policy.pool->config.name;
    event.from = policy.decision.current;
    event.to = policy.decision.desired;
    event.text = policy::explain(policy.decision, policy.plan, policy.config.spec);
    event.reasons = policy::reasons(policy.decision, policy.config.spec);
    event.record = policy.record;
    ports_.announcer.tell(std::move(event));
}

void Loop::show(LivePolicy& policy, TimePoint now) {
    PolicyView& view = policy.view;
    const std::optional<Observed>& observed = policy.pool->observed;
    if (observed) {
        view.current = observed->replicas;
        view.ready = observed->ready;
    }
    if (policy.decision.observation_known) {
        view.desired = policy.decision.desired;
    }
    for (std::size_t i = 0; i < view.metrics.size(); ++i) {
        view.metrics[i].reading = policy.readings[i];
        view.metrics[i].source = policy.slots[i].name(policy.readings[i].rung);
    }
    const config::Policy& config = policy.config;
    const policy::Bounds bounds =
        policy::bounds_at(config.spec.schedule, config.spec.min, config.spec.max, now);
    view.min_now = bounds.min.count;
    view.max_now = bounds.max.count;
    const policy::Approval* approval = ports_.orders.approval(config.spec.name, now);
    view.approval = approval == nullptr ? "" : in_words(*approval);
    view.start_time = policy::start_time(policy.state);
    view.decided_at = now;
    switch (policy.decision.direction()) {
        case policy::Direction::hold:
            ++view.holds;
            break;
        case policy::Direction::up:
            ++view.ups;
            break;
        case policy::Direction::down:
            ++view.downs;
            break;
    }
    view.refusals += policy.plan.refusals.size();
    policy.words_due = true;
}

Batch Loop::take_changes(Fleet& fleet) {
    Batch batch;
    batch.policies.reserve(static_cast<std::size_t>(
        std::ranges::count_if(fleet.policies, [](const auto& policy) { return policy->unsaved; })));
    for (auto& policy : fleet.policies) {
        if (std::exchange(policy->unsaved, false)) {
            batch.policies.push_back(record_of(*policy));
        }
    }
    if (!batch.policies.empty()) {
        batch.facts["wall"] = std::to_string(ports_.clock.now().time_since_epoch().count());
    }
    return batch;
}

}  // namespace tided::daemon
