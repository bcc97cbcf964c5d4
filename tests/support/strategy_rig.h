// StrategyRig: one rule, asked by itself; and a policy that has only one. Only for tests of the
// policy floor.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "policy/strategies.h"
#include "tests/support/policy_rig.h"

namespace tided::policy {

[[nodiscard]] inline Reading fresh(double value) {
    return Reading::of(value, std::chrono::seconds{1}, std::chrono::seconds{30});
}

/// A policy whose one metric has the rule, without windows, so that each proposal shows.
[[nodiscard]] inline PolicyRig rig_of(std::string metric, Rule rule, std::int32_t replicas) {
    PolicyRig rig{web_policy(), replicas};
    rig.spec.metrics = {{.name = std::move(metric), .rule = std::move(rule)}};
    rig.spec.behavior.down.stabilization = Duration{0};
    return rig;
}

struct StrategyRig {
    MetricSpec metric;
    Observed observed{};
    PolicyState state{};
    std::vector<Reading> readings{};  ///< of the metrics that the rule names
    TimePoint now = from_unix_seconds(1'763'798'400);

    StrategyRig(Rule rule, std::int32_t replicas)
        : metric{.name = "load", .rule = std::move(rule)}, observed(all_ready(replicas)) {}

    [[nodiscard]] std::optional<Proposal> ask(double value) const {
        return strategy_of(metric.rule)
            ->propose({.metric = metric,
                       .value = value,
                       .observed = observed,
                       .state = state,
                       .readings = readings,
                       .now = now});
    }
    /// REQUIRES: it can be judged.
    [[nodiscard]] std::int32_t count(double value) const { return ask(value)->replicas.count; }
};

}  // namespace tided::policy
