// Kubernetes objects as targets, with the labels that Prometheus' kubernetes_sd gives them.
//
//   pod            one target for each declared port of each container; one without a port, at the
//                  pod's address alone, for a container that declares none
//   endpoints, endpointslice   one target for each address and port
//
// Of the pod behind an address, and of the service, only the names are known here: Prometheus asks
// for those objects, too, and adds their labels.
#pragma once

#include <string>
#include <string_view>

#include <boost/json/object.hpp>

#include "metrics/discovery/spec.h"
#include "metrics/discovery/target_set.h"

namespace tided::metrics {

/// "kubernetes:ROLE/NAMESPACE/NAME".
[[nodiscard]] std::string place_of(KubernetesSdSpec::Role role, const boost::json::object& object);

/// The object's targets; none for a pod without an address.
[[nodiscard]] Found targets_of(KubernetesSdSpec::Role role, const boost::json::object& object);

/// A text inside an object, "" when there is none: text_at(pod, "metadata", "name").
[[nodiscard]] std::string_view text_at(const boost::json::object& object, std::string_view key);
[[nodiscard]] std::string_view text_at(const boost::json::object& object,
                                       std::string_view outer,
                                       std::string_view key);

}  // namespace tided::metrics
