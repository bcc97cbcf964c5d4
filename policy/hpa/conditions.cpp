#include "policy/hpa/conditions.h"

#include <algorithm>

namespace tided::policy::hpa {

namespace {

/// In the order of ConditionType.
constexpr std::array<std::string_view, 4> type_names{
    "AbleToScale", "ScalingActive", "ScalingLimited", "ScaledToZero"};

/// In the order of ConditionReason.
constexpr std::array<std::string_view, 24> reason_names{"SucceededGetScale",
                                                        "ReadyForNewScale",
                                                        "ScaleUpStabilized",
                                                        "ScaleDownStabilized",
                                                        "SucceededRescale",
                                                        "FailedGetScale",
                                                        "FailedUpdateScale",
                                                        "ValidMetricFound",
                                                        "ScalingDisabled",
                                                        "InvalidSelector",
                                                        "AmbiguousSelector",
                                                        "FailedGetResourceMetric",
                                                        "FailedGetContainerResourceMetric",
                                                        "FailedGetPodsMetric",
                                                        "FailedGetObjectMetric",
                                                        "FailedGetExternalMetric",
                                                        "InvalidMetricSourceType",
                                                        "DesiredWithinRange",
                                                        "TooFewReplicas",
                                                        "TooManyReplicas",
                                                        "ScaleUpLimit",
                                                        "ScaleDownLimit",
                                                        "ScaledToZero",
                                                        "NotScaledToZero"};

template <typename Enum, std::size_t size>
bool named(const std::array<std::string_view, size>& names, std::string_view text, Enum& value) {
    const auto* at = std::ranges::find(names, text);
    if (at == names.end()) {
        return false;
    }
    value = static_cast<Enum>(at - names.begin());
    return true;
}

}  // namespace

void Conditions::set(ConditionType type, bool is_true, ConditionReason reason, TimePoint now) {
    const auto end = all_.begin() + size_;
    const auto at = std::find_if(
        all_.begin(), end, [&](const Condition& condition) { return condition.type == type; });
    const bool is_new = at == end;
    const TimePoint since = is_new || at->is_true != is_true ? now : at->since;
    *at = {.type = type, .is_true = is_true, .reason = reason, .since = since};
    size_ = static_cast<std::uint8_t>(size_ + (is_new ? 1 : 0));
}

void Conditions::remove(ConditionType type) {
    const auto end = all_.begin() + size_;
    const auto kept = std::remove_if(
        all_.begin(), end, [&](const Condition& condition) { return condition.type == type; });
    std::fill(kept, end, Condition{});
    size_ = static_cast<std::uint8_t>(kept - all_.begin());
}

const Condition* Conditions::find(ConditionType type) const {
    const auto known = all();
    const auto at = std::ranges::find(known, type, &Condition::type);
    return at == known.end() ? nullptr : &*at;
}

void Conditions::shift(Duration jump) {
    for (std::size_t i = 0; i < size_; ++i) {
        all_[i].since += jump;
    }
}

std::string_view to_string(ConditionType type) {
    return type_names[static_cast<std::size_t>(type)];
}

std::string_view to_string(ConditionReason reason) {
    return reason_names[static_cast<std::size_t>(reason)];
}

bool from_string(std::string_view text, ConditionType& type) {
    return named(type_names, text, type);
}

bool from_string(std::string_view text, ConditionReason& reason) {
    return named(reason_names, text, reason);
}

}  // namespace tided::policy::hpa
