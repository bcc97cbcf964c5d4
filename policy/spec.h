// PolicySpec: what a policy says, as the engine reads it. Compiled by daemon/config from the
// policy file; every default here is the one that tided.toml(5) states. Plain values only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "policy/formula.h"
#include "policy/profile.h"
#include "policy/rules.h"
#include "policy/schedule.h"
#include "policy/vocab/time.h"
#include "policy/vocab/units.h"

namespace tided::policy {

/// HPA's metric types. The first three are measured per pod, the others are one number.
enum class MetricType : std::uint8_t {
    resource,            ///< cpu or memory of whole pods
    container_resource,  ///< cpu or memory of one container of each pod
    pods,                ///< a value that every pod has
    object,              ///< a value of some other object
    external,            ///< any number from anywhere
    unknown,             ///< a type that is none of these: the metric is invalid
};

/// What a metric asks for once it has been silent for long (fallback.h).
struct Fallback {
    Replicas replicas{};
    Duration after = std::chrono::minutes{3};

    friend bool operator==(const Fallback&, const Fallback&) = default;
};

/// One metric of a policy. Where its value comes from is not policy's business, unless it is
/// computed from others.
struct MetricSpec {
    std::string name;  ///< unique in its policy: labels, reasons and `tided step` use it
    Rule rule = Target{};
    Duration max_age = std::chrono::seconds{30};          ///< older samples are stale
    Formula formula = {};                                 ///< empty: its reading is given
    std::optional<double> activate_above = std::nullopt;  ///< >= 0; see activation.h
    std::optional<Fallback> fallback = std::nullopt;
    MetricType type = MetricType::external;
    std::string resource = {};   ///< resource, container_resource: "cpu", "memory"
    std::string container = {};  ///< container_resource

    friend bool operator==(const MetricSpec&, const MetricSpec&) = default;
};

enum class RateKind : std::uint8_t { pods, percent };

/// At most `value` pods, or percent of the count at the start of the period, per `period`.
struct RatePolicy {
    RateKind kind = RateKind::percent;
    std::int32_t value = 100;                    ///< > 0
    Duration period = std::chrono::seconds{15};  ///< 1 s .. 30 min

    friend bool operator==(const RatePolicy&, const RatePolicy&) = default;
};

enum class Select : std::uint8_t { max, min, disabled };

/// HPA's HPAScalingRules for one direction.
struct ScalingRules {
    Duration stabilization{};  ///< 0 .. 1 h
    Select select = Select::max;
    std::vector<RatePolicy> rates = {};  ///< empty: no rate limit
    Ratio tolerance{0.1};                ///< >= 0; readings this near to the target change nothing
    /// Up: since the last step up. Down: since the last step of either direction. 0 .. 1 h.
    Duration cooldown{};

    friend bool operator==(const ScalingRules&, const ScalingRules&) = default;
};

/// HPA's defaults: up at once by 4 pods or 100 % per 15 s; down after 5 min without limit.
struct Behavior {
    ScalingRules up{.rates = {{RateKind::pods, 4, std::chrono::seconds{15}},
                              {RateKind::percent, 100, std::chrono::seconds{15}}}};
    ScalingRules down{.stabilization = std::chrono::minutes{5},
                      .rates = {{RateKind::percent, 100, std::chrono::seconds{15}}}};

    friend bool operator==(const Behavior&, const Behavior&) = default;
};

/// Which steps need a human's yes; none do unless one of the two is given.
struct ApprovalRule {
    std::optional<Replicas> above = std::nullopt;  ///< more replicas than this at once
    /// More than this share of the present count, or of min while fewer run.
    std::optional<Ratio> above_share = std::nullopt;

    friend bool operator==(const ApprovalRule&, const ApprovalRule&) = default;
};

/// When a policy that turns round too often is damped: at `turns` changes of direction within
/// `within`, scale_down waits twice its stabilization after the last turn, twice as long again with
/// each further turn, at most `longest`.
struct FlappingRule {
    std::int32_t turns = 10;                      ///< 0: never
    Duration within = std::chrono::minutes{30};   ///< <= 1 h
    Duration longest = std::chrono::minutes{30};  ///< <= 1 h

    friend bool operator==(const FlappingRule&, const FlappingRule&) = default;
};

/// Which steps up are taken back when they make it worse (undo.h).
struct UndoRule {
    std::uint8_t metric = 0;  ///< index of the metric that a step up is meant to mend
    Ratio worse_by{0.2};      ///< > 0; above its level at the step by more than this share
    Duration within = std::chrono::minutes{5};  ///< for that long without a break
    Duration hold = std::chrono::minutes{30};   ///< and then no step up for that long

    friend bool operator==(const UndoRule&, const UndoRule&) = default;
};

/// What may veto a step beyond what is always asked.
struct GuardRules {
    std::int32_t steps_per_hour = 0;  ///< 0: no limit
    ApprovalRule approval{};
    FlappingRule flapping{};
    std::optional<UndoRule> undo = std::nullopt;

    friend bool operator==(const GuardRules&, const GuardRules&) = default;
};

/// What only the Kubernetes profiles know.
struct KubernetesRules {
    /// False: the pass without `behavior`: highest proposal of `downscale_stabilization`, then at
    /// most `scale_up_factor` times the count, or 4.
    bool has_behavior = false;
    Duration downscale_stabilization = std::chrono::minutes{5};
    double scale_up_factor = 2.0;  ///< >= 1
    bool scale_to_zero = true;     ///< the gate HPAScaleToZero (1.37)

    friend bool operator==(const KubernetesRules&, const KubernetesRules&) = default;
};

struct PolicySpec {
    std::string name;
    Replicas min{1};
    Replicas max{1};               ///< >= min
    bool max_is_paid_for = false;  ///< max is what a bound on cost leaves: sentences say so
    std::vector<MetricSpec> metrics = {};
    /// The metrics with formulas, each behind those that its formula needs (computed.h).
    std::vector<std::uint8_t> computed = {};
    /// <= min: the count while no metric is above its activation threshold (activation.h).
    std::optional<Replicas> idle = std::nullopt;
    Behavior behavior{};
    Profile profile = Profile::standard;
    PodTiming timing{};
    GuardRules guards{};
    KubernetesRules kubernetes{};
    Schedule schedule{};  ///< compiled for some time around now; none: no schedule

    /// The fewest that any decision leaves.
    [[nodiscard]] Replicas floor() const { return idle.value_or(min); }

    friend bool operator==(const PolicySpec&, const PolicySpec&) = default;
};

}  // namespace tided::policy
