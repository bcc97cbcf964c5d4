// Policies and readings drawn at random, for properties.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "policy/computed.h"
#include "policy/decide.h"
#include "policy/schedule.h"
#include "policy/strategies.h"
#include "tests/support/random_draws.h"

namespace tided::policy::generated {

using namespace std::chrono_literals;

inline ScalingRules some_rules(RandomDraws& random) {
    ScalingRules rules{.stabilization = random.below(6) * 60s,
                       .select = static_cast<Select>(random.below(8) % 3)};
    for (std::int32_t i = random.below(4); i > 0; --i) {
        rules.rates.push_back({.kind = random.once_in(2) ? RateKind::pods : RateKind::percent,
                               .value = 1 + random.below(120),
                               .period = (1 + random.below(20)) * 15s});
    }
    rules.tolerance = Ratio{random.below(4) * 0.05};
    return rules;
}

/// None, or up to three rules whose windows begin and end while the series lasts.
inline Schedule some_schedule(RandomDraws& random, TimePoint begin) {
    ScheduleTable table{.from = begin, .until = begin + 24h};
    for (std::int32_t i = random.below(4); i > 0; --i) {
        ScheduleRule rule{.name = "r" + std::to_string(i), .timezone = "UTC"};
        (random.once_in(2) ? rule.min : rule.max) = Replicas{random.below(60)};
        for (TimePoint at = begin; at < table.until; at = rule.windows.back().to + 1min) {
            const TimePoint from = at + random.below(20) * 1min;
            rule.windows.push_back({from, from + (1 + random.below(20)) * 1min});
        }
        table.rules.push_back(std::move(rule));
    }
    return table.rules.empty() ? Schedule{} : Schedule{std::move(table)};
}

inline Adjustment some_change(RandomDraws& random, std::int32_t sign) {
    return random.once_in(2)
               ? Adjustment{.by = ChangeBy::replicas, .amount = sign * (1 + random.below(5))}
               : Adjustment{.by = ChangeBy::percent, .amount = sign * (1 + random.below(80))};
}

/// Bands whose changes rise, as those of a sane policy do.
inline Steps some_steps(RandomDraws& random) {
    const double middle = 5.0 + random.below(40);
    return {.bands = {{.to = middle, .change = some_change(random, -1)},
                      {.from = middle + random.below(9),
                       .to = middle + 20.0,
                       .change = {.by = ChangeBy::replicas, .amount = 1}},
                      {.from = middle + 20.0,
                       .change = {.by = ChangeBy::replicas, .amount = 1 + random.below(6)}}},
            .cooldown = (1 + random.below(8)) * 15s};
}

inline Threshold some_threshold(RandomDraws& random) {
    const double below = random.below(30);
    return {.above = below + 1.0 + random.below(40),
            .add = some_change(random, 1),
            .below = below,
            .remove = some_change(random, -1),
            .cooldown = (1 + random.below(8)) * 15s};
}

/// Without a measured rate: more of that may mean fewer replicas. `flow` is some metric's place.
inline Backlog some_backlog(RandomDraws& random, std::uint8_t flow) {
    if (random.once_in(2)) {
        return {.per_replica = 0.5 + random.below(5)};
    }
    return {.drain_within = (1 + random.below(9)) * 5s,
            .rate_per_replica = 0.5 + random.below(3),
            .arrivals = random.once_in(2) ? flow : no_metric};
}

inline Latency some_latency(RandomDraws& random, std::uint8_t flow) {
    Latency rule{.objective = 1.0 + random.below(30), .load = flow, .max_error = Ratio{0.9}};
    if (random.once_in(2)) {
        rule.curve = {{0.5, 0.5}, {1.0 + random.below(3), 2.0}, {8.0, 40.0}};
    }
    return rule;
}

inline Target some_target(RandomDraws& random) {
    return {.kind = random.once_in(2) ? TargetKind::value : TargetKind::average_value,
            .amount = 1.0 + random.below(50)};
}

inline Rule some_rule(RandomDraws& random, std::uint8_t flow) {
    switch (random.below(7)) {
        case 0:
            return some_threshold(random);
        case 1:
            return some_steps(random);
        case 2:
            return some_backlog(random, flow);
        case 3:
            return PassThrough{};
        case 4:
            return some_latency(random, flow);
        case 5:
            return Capacity{.amount = 0.5 + random.below(8)};
        default:
            return some_target(random);
    }
}

/// The last metric is an input, whom the others may name and which has a say in none of them else.
inline PolicySpec some_policy(RandomDraws& random) {
    PolicySpec spec{.name = "generated", .min = {random.below(4)}};
    spec.max = {spec.min.count + random.below(60)};
    spec.behavior = {.up = some_rules(random), .down = some_rules(random)};
    if (random.once_in(3)) {
        spec.idle = Replicas{random.below(spec.min.count + 1)};
    }
    const std::int32_t count = 1 + random.below(3);
    for (std::int32_t i = count; i > 0; --i) {
        spec.metrics.push_back(
            {.name = "m" + std::to_string(i),
             .rule = some_rule(random, static_cast<std::uint8_t>(count)),
             .activate_above = random.once_in(4) ? std::optional{5.0} : std::nullopt});
    }
    spec.metrics.push_back({.name = "flow", .rule = Input{}});
    return spec;
}

/// Counts for when metrics are silent, and steps that are taken back.
inline void add_safety_nets(RandomDraws& random, PolicySpec& spec) {
    for (MetricSpec& metric : spec.metrics) {
        if (random.once_in(2)) {
            metric.fallback = Fallback{.replicas = {random.below(80)}, .after = 1min};
        }
    }
    if (random.once_in(2)) {
        spec.guards.undo = UndoRule{.worse_by = {0.1}, .within = 30s, .hold = 5min};
    }
}

inline Reading some_reading(RandomDraws& random,
                            double load,
                            const MetricSpec& metric,
                            std::int32_t count) {
    const std::int32_t kind = random.below(20);
    if (kind == 0) {
        return Reading::absent(Absence::no_series);
    }
    const auto* target = std::get_if<Target>(&metric.rule);
    const double scale =
        target != nullptr && target->kind == TargetKind::value ? std::max(count, 1) : 1.0;
    const double value = load * (target == nullptr ? 1.0 : target->amount) / scale;
    Reading reading = Reading::of(value, kind == 1 ? 31s : 1s, 30s);
    if (kind == 2) {
        reading.freshness = Freshness::partial;
    }
    return reading;
}

}  // namespace tided::policy::generated
