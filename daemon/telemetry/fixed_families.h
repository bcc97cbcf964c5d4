// Fixed families: the metrics that do not belong to single policies, with what they say.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace tided::daemon {

struct FixedFamily {
    std::string_view name;
    std::string_view help;
};

[[nodiscard]] std::span<const FixedFamily> fixed_families();

/// "" for a name that is not among them.
[[nodiscard]] std::string help_of(std::string_view name);

}  // namespace tided::daemon
