// Target: the level a metric is held at, in the terms of HPA v2.
#pragma once

#include <cstdint>
#include <string_view>

namespace tided {

enum class TargetKind : std::uint8_t {
    value,          ///< the metric itself: proposal = ready * value / amount
    average_value,  ///< the metric divided by replicas: proposal = value / amount
};

struct Target {
    TargetKind kind = TargetKind::average_value;
    double amount = 1.0;  ///< > 0 and finite, in the metric's own unit

    friend bool operator==(const Target&, const Target&) = default;
};

/// "value", "average_value".
[[nodiscard]] std::string_view to_string(TargetKind kind);

}  // namespace tided
