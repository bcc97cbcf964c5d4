// Target: the level a metric is held at, in the terms of HPA v2.
#pragma once

#include <cstdint>
#include <string_view>

namespace tided {

enum class TargetKind : std::uint8_t {
    value,          ///< the metric itself: proposal = ready * value / amount
    average_value,  ///< the metric divided by replicas: proposal = value / amount
    utilization,    ///< what pods use of what they asked for, percent: needs a metric of pods
};

struct Target {
    TargetKind kind = TargetKind::average_value;
    double amount = 1.0;  ///< > 0 and finite, in the metric's own unit; percent for utilization

    friend bool operator==(const Target&, const Target&) = default;
};

/// "value", "average_value", "utilization".
[[nodiscard]] std::string_view to_string(TargetKind kind);

}  // namespace tided
