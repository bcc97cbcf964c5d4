// PolicyRig: one policy with its state, driven tick by tick as the daemon drives it, whose steps
// take effect at once. Only for tests of the policy floor.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "policy/decide.h"
#include "policy/explain.h"
#include "policy/guard.h"

namespace tided::policy {

/// A policy named web with one metric, rps, held at 100 each, between 1 and 100.
[[nodiscard]] inline PolicySpec web_policy() {
    return {.name = "web",
            .min = Replicas{1},
            .max = Replicas{100},
            .metrics = {{.name = "rps",
                         .rule = Target{.kind = TargetKind::average_value, .amount = 100.0}}}};
}

[[nodiscard]] inline Observed all_ready(std::int32_t count) {
    return {.replicas = {count}, .present = {count}, .ready = {count}};
}

class PolicyRig {
public:
    explicit PolicyRig(PolicySpec policy, std::int32_t replicas)
        : spec(std::move(policy)), observed(all_ready(replicas)) {}

    /// One decision at `now` on these readings; nothing is carried out.
    Decision decide(std::vector<Reading> readings) {
        return policy::decide(
            spec, {.now = now, .observed = &observed, .readings = readings}, state);
    }

    /// One decision on fresh values, carried out at once, then the clock moves by `step`.
    Decision tick(const std::vector<double>& values, Duration step = std::chrono::seconds{15}) {
        std::vector<Reading> readings;
        for (const double value : values) {
            readings.push_back(Reading::of(value, Duration{0}, std::chrono::seconds{30}));
        }
        const Decision decision = decide(readings);
        carry_out(decision);
        now += step;
        return decision;
    }

    /// Makes the decision true, as a step that is done at once would.
    void carry_out(const Decision& decision) {
        if (decision.direction() != Direction::hold) {
            record_scale_event(spec, state, decision.current, decision.desired, now);
            observed = all_ready(decision.desired.count);
        }
    }

    /// The one-liner when no guard objects.
    [[nodiscard]] std::string explain(const Decision& decision) const {
        return policy::explain(decision, plan(spec, state, decision, {.now = now}), spec);
    }

    PolicySpec spec;
    Observed observed;
    PolicyState state;
    TimePoint now = from_unix_seconds(1'763'798'400);  // 2025-11-22T08:00:00Z
};

}  // namespace tided::policy
