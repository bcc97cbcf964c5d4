// Workload: the object a Kubernetes pool scales, and where it lives in the API.
//
//   "deployment/prod/web"                       one of the four built-in kinds
//   "example.com/v1/widgets/prod/web"           anything whose resource declares a scale
//   subresource
//
//   /apis/GROUP/VERSION/namespaces/NS/PLURAL/NAME[/scale]      /api/v1/… for the core group
//   ("core")
//
// Names are checked by the API's own rules (RFC 1123), so they need no escaping in a path.
#pragma once

#include <string>
#include <string_view>

#include "policy/vocab/result.h"

namespace tided::actuators::kubernetes {

struct Workload {
    std::string kind;     ///< "deployment", or "example.com/v1/widgets"
    std::string group;    ///< "" = core
    std::string version;  ///< "v1"
    std::string plural;   ///< "deployments"
    std::string space;    ///< the namespace
    std::string name;
    bool is_built_in = true;  ///< its status has readyReplicas

    friend bool operator==(const Workload&, const Workload&) = default;
};

/// Errors: invalid_input, saying which part is wrong and what is expected.
[[nodiscard]] Result<Workload> parse_workload(std::string_view text);

/// "deployment/prod/web", the same for both ways of writing a built-in kind.
[[nodiscard]] std::string identity(const Workload& workload);

[[nodiscard]] std::string object_path(const Workload& workload);
[[nodiscard]] std::string scale_path(const Workload& workload);

}  // namespace tided::actuators::kubernetes
