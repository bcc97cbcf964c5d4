// Template gauges: how many instances the templates have, and what they refuse.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include "policy/vocab/time.h"

namespace prometheus {
class Registry;
}

namespace tided::daemon {

/// Instances of a template, and values of its label without one.
struct InstanceCounts {
    std::size_t present = 0;
    std::size_t missing = 0;  ///< of these, not in the last usable answer
    std::size_t over_max = 0;
    std::size_t unfit = 0;
    std::optional<TimePoint> heard{};  ///< when the last usable answer came
};

void set_template_gauges(prometheus::Registry& registry,
                         std::string_view policy,
                         const InstanceCounts& counts);
void forget_template_gauges(prometheus::Registry& registry, std::string_view policy);

[[nodiscard]] std::span<const std::string_view> template_gauge_names();

}  // namespace tided::daemon
