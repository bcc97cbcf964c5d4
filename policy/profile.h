// Profile: whose rules a policy is judged by. The Kubernetes profiles reproduce the horizontal
// controller of a release line, warts included (hpa/), so that whoever moves an object here keeps
// its decisions; the default profile is decide.h.
#pragma once

#include <cstdint>
#include <string_view>

#include "policy/vocab/time.h"

namespace tided::policy {

enum class Profile : std::uint8_t {
    standard,         ///< "default"
    kubernetes_1_28,  ///< "kubernetes-1.28"
    kubernetes_1_37,  ///< "kubernetes-1.37": with the gates HPAScaleToZero, ConfigurableTolerance
};

/// When a starting pod's cpu counts (the controller's flags of these names).
struct PodTiming {
    Duration cpu_initialization = std::chrono::minutes{5};
    Duration initial_readiness_delay = std::chrono::seconds{30};

    friend bool operator==(const PodTiming&, const PodTiming&) = default;
};

/// "default", "kubernetes-1.28", "kubernetes-1.37": as in the policy file.
[[nodiscard]] std::string_view to_string(Profile profile);

}  // namespace tided::policy
