// Reason: one link of the chain from the raw wish to the final number. A small value; text is
// made only when somebody reads it (explain.h).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "policy/vocab/reading.h"
#include "policy/vocab/time.h"
#include "policy/vocab/units.h"

namespace tided::policy {

enum class ReasonCode : std::uint8_t {
    metric_proposes,   ///< metric `metric` at `value` wants `from` -> `to`
    within_tolerance,  ///< metric `metric` is near enough to its target
    metric_absent,     ///< metric `metric` has no value: `absence`
    metric_stale,      ///< metric `metric` was `value`, but that is `duration` old
    metric_partial,    ///< metric `metric` is `value` without silent targets: no reason for more
    partial_proposes,  ///< metric `metric` at `value` without silent targets wants `from` -> `to`
    not_judged,   ///< metric `metric` at `value` cannot be judged: its strategy lacks something
    metric_idle,  ///< metric `metric` at `value` is not above its activation threshold
    no_usable_metric,      ///< none of the metrics can be used: hold
    unsure_no_scale_down,  ///< metric `metric` is unusable: `from` instead of the lower `to`
    observation_unknown,   ///< the provider has not said how many there are: no step
    stabilized_up,         ///< lowest proposal of the last `duration` is `value`: `to`, not `from`
    stabilized_down,       ///< highest proposal of the last `duration` is `value`: `to`, not `from`
    scale_up_limit,        ///< `rate`, counted from `value`, allows at most `to`, not `from`
    scale_down_limit,      ///< `rate`, counted from `value`, allows at least `to`, not `from`
    below_min,             ///< `from` is under the minimum `to`
    above_max,             ///< `from` is over the maximum `to`
    growth_limit,          ///< Kubernetes without behavior: at most `to` at once, not `from`
    fallback_proposes,     ///< metric `metric` is silent for `duration`: its fallback asks for `to`
    undone,                ///< metric `metric` is worse than `value` after a step: back to `to`
    undo_holds,            ///< a step was taken back: not above `to` again for `duration`
    disabled_at_zero,      ///< Kubernetes profiles: 0 replicas set by somebody else pause a policy
    selector_invalid,      ///< the workload's selector is empty or cannot be read
    selector_ambiguous,    ///< another autoscaler selects some of the same pods
    schedule_min,    ///< `rule` of the schedule asks for `to`, not `from`, for `duration` more
    schedule_max,    ///< `rule` of the schedule allows `to`, not `from`, for `duration` more
    schedule_alone,  ///< there is no metric: the schedule proposes `from` -> `to`
};

/// What a strategy's proposal is based on. Only its own words know what the numbers are.
struct Basis {
    std::uint8_t way = 0;    ///< which of its ways it took
    bool is_raised = false;  ///< by activation: a pool that is awake has more at least
    bool is_idle = false;    ///< activation proposed: terms[0] is what there is to do
    std::array<double, 3> terms{};

    friend bool operator==(const Basis&, const Basis&) = default;
};

struct Reason {
    ReasonCode code{};
    Absence absence = Absence::none;
    std::uint8_t metric = 0;      ///< index into PolicySpec::metrics
    std::uint8_t rate = 0xff;     ///< index into ScalingRules::rates, 0xff: none
    std::uint8_t rung = 0;        ///< Reading::rung of `metric`
    std::uint8_t culprit = 0xff;  ///< the metric that is not fresh, 0xff: `metric` itself
    std::uint8_t rule = 0xff;     ///< index into ScheduleTable::rules, 0xff: none
    Replicas from{};
    Replicas to{};
    double value = 0.0;
    Duration duration{};
    Basis basis{};  ///< of a proposal

    friend bool operator==(const Reason&, const Reason&) = default;
};

/// A chain of reasons in fixed storage: appending never allocates. When it is full the last
/// link is overwritten and `overflowed` says so (a policy with more metrics than links).
class ReasonChain {
public:
    static constexpr std::size_t capacity = 20;

    void add(const Reason& reason) {
        const bool full = size_ == capacity;
        overflowed_ = overflowed_ || full;
        links_[full ? capacity - 1 : size_++] = reason;
    }
    /// Says that a link was not added for want of room.
    void leave_out() { overflowed_ = true; }
    void clear() {
        size_ = 0;
        overflowed_ = false;
    }
    [[nodiscard]] std::span<const Reason> links() const { return {links_.data(), size_}; }
    [[nodiscard]] bool overflowed() const { return overflowed_; }

private:
    std::array<Reason, capacity> links_{};
    std::size_t size_ = 0;
    bool overflowed_ = false;
};

}  // namespace tided::policy
