// Rules: the ways from the number of one metric to a proposal, each with what the policy file says
// of it. A metric has one rule; its strategy (strategies.cpp) is one pure function over it. An
// `Input` has none: it is there for a formula or for a rule of another metric that names it.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <variant>
#include <vector>

#include "policy/vocab/target.h"
#include "policy/vocab/time.h"
#include "policy/vocab/units.h"

namespace tided::policy {

/// Read by others only.
struct Input {
    friend bool operator==(const Input&, const Input&) = default;
};

enum class ChangeBy : std::uint8_t { replicas, percent, exact };

/// What to do to the count.
struct Adjustment {
    ChangeBy by = ChangeBy::replicas;
    std::int32_t amount = 0;  ///< > 0 adds, < 0 removes; exact: the count itself, >= 0

    friend bool operator==(const Adjustment&, const Adjustment&) = default;
};

/// A change counts as under way for so long, unless the policy file says otherwise.
constexpr Duration standard_cooldown = std::chrono::seconds{60};

struct Threshold {
    double above = std::numeric_limits<double>::infinity();
    Adjustment add{};  ///< once the value is greater than `above`
    double below = -std::numeric_limits<double>::infinity();
    Adjustment remove{};  ///< once it is less than `below`, which is not greater than `above`
    Duration cooldown = standard_cooldown;

    friend bool operator==(const Threshold&, const Threshold&) = default;
};

/// from <= value < to.
struct Band {
    double from = -std::numeric_limits<double>::infinity();
    double to = std::numeric_limits<double>::infinity();
    Adjustment change{};

    friend bool operator==(const Band&, const Band&) = default;
};

struct Steps {
    std::vector<Band> bands = {};  ///< no value is in two of them
    Duration cooldown = standard_cooldown;

    friend bool operator==(const Steps&, const Steps&) = default;
};

/// Metrics that a rule names are indices into PolicySpec::metrics.
constexpr std::uint8_t no_metric = 0xff;

struct Backlog {
    std::optional<double> per_replica = std::nullopt;     ///< > 0
    std::optional<Duration> drain_within = std::nullopt;  ///< > 0
    std::optional<double> rate_per_replica =
        std::nullopt;                   ///< > 0, a second, where none was measured
    std::uint8_t rate = no_metric;      ///< processed a second by all replicas together
    std::uint8_t arrivals = no_metric;  ///< arriving a second

    friend bool operator==(const Backlog&, const Backlog&) = default;
};

struct PassThrough {
    friend bool operator==(const PassThrough&, const PassThrough&) = default;
};

struct LatencyPoint {
    double load = 0.0;     ///< of one replica
    double latency = 0.0;  ///< in the metric's own unit

    friend bool operator==(const LatencyPoint&, const LatencyPoint&) = default;
};

struct Latency {
    double objective = 1.0;                ///< > 0, in the metric's own unit
    std::uint8_t load = no_metric;         ///< what all replicas together are asked for
    std::vector<LatencyPoint> curve = {};  ///< load rising, latency not falling; empty: learned
    Ratio max_error{0.2};                  ///< a learned curve that errs by more is not used
    Duration cooldown = standard_cooldown;

    friend bool operator==(const Latency&, const Latency&) = default;
};

/// How much beyond it is kept, is learned.
struct Capacity {
    double amount = 1.0;  ///< > 0: what one replica carries within its objective

    friend bool operator==(const Capacity&, const Capacity&) = default;
};

using Rule = std::variant<Target, Threshold, Steps, Backlog, PassThrough, Latency, Capacity, Input>;

}  // namespace tided::policy
