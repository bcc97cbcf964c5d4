// Conditions: what a HorizontalPodAutoscaler's status says of itself. Last writer of a pass wins,
// a condition that a pass does not touch stays as it was, and new ones are put at the end.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "policy/vocab/time.h"

namespace tided::policy::hpa {

enum class ConditionType : std::uint8_t {
    able_to_scale,
    scaling_active,
    scaling_limited,
    scaled_to_zero,
};

enum class ConditionReason : std::uint8_t {
    succeeded_get_scale,
    ready_for_new_scale,
    scale_up_stabilized,
    scale_down_stabilized,
    succeeded_rescale,
    failed_get_scale,
    failed_update_scale,
    valid_metric_found,
    scaling_disabled,
    invalid_selector,
    ambiguous_selector,
    failed_get_resource_metric,
    failed_get_container_resource_metric,
    failed_get_pods_metric,
    failed_get_object_metric,
    failed_get_external_metric,
    invalid_metric_source_type,
    desired_within_range,
    too_few_replicas,
    too_many_replicas,
    scale_up_limit,
    scale_down_limit,
    scaled_to_zero,
    not_scaled_to_zero,
};

struct Condition {
    ConditionType type{};
    bool is_true = false;
    ConditionReason reason{};
    TimePoint since{};  ///< last change of `is_true`

    friend bool operator==(const Condition&, const Condition&) = default;
};

/// At most one of each type, in the order in which they came. Fixed storage.
class Conditions {
public:
    void set(ConditionType type, bool is_true, ConditionReason reason, TimePoint now);
    void remove(ConditionType type);
    /// Null when there is none of this type.
    [[nodiscard]] const Condition* find(ConditionType type) const;
    [[nodiscard]] std::span<const Condition> all() const { return {all_.data(), size_}; }
    /// After a wall-clock jump.
    void shift(Duration jump);

    friend bool operator==(const Conditions&, const Conditions&) = default;

private:
    std::array<Condition, 4> all_{};
    std::uint8_t size_ = 0;
};

/// "AbleToScale", "ScalingActive", "ScalingLimited", "ScaledToZero".
[[nodiscard]] std::string_view to_string(ConditionType type);

/// "SucceededRescale", "FailedGetResourceMetric", as Kubernetes writes them.
[[nodiscard]] std::string_view to_string(ConditionReason reason);

/// The inverse; false when `text` names none.
[[nodiscard]] bool from_string(std::string_view text, ConditionType& type);
[[nodiscard]] bool from_string(std::string_view text, ConditionReason& reason);

}  // namespace tided::policy::hpa
