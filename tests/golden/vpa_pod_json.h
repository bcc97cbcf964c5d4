// Pods, policies and recommendations as cases.json writes them, read into the values of
// policy/vpa. Quantities are texts: "2500m" and "2" are CPU, "500000000" is memory in bytes.
// Whatever is not of that form throws; vpa_update_cases.h turns it into an error of the case.
#pragma once

#include <span>
#include <string>
#include <vector>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "policy/vpa/capping.h"
#include "policy/vpa/recommendation.h"
#include "policy/vpa/resources.h"
#include "tests/golden/json_words.h"

namespace tided::golden {

using PodRecommendations = std::vector<policy::vpa::Recommendation>;

[[nodiscard]] policy::vpa::Resource resource_named(std::string_view name);

[[nodiscard]] policy::vpa::Amount quantity(std::string_view text, policy::vpa::Resource resource);
[[nodiscard]] std::string quantity(policy::vpa::Amount amount, policy::vpa::Resource resource);

/// {"cpu": "1", "memory": "500"}, both optional; no member, no amounts.
[[nodiscard]] policy::vpa::Amounts amounts(const boost::json::object& object, std::string_view key);

/// `pod_containers`, with what `container_statuses` say where they say it and without what the
/// annotation vpaObservedContainers leaves out.
[[nodiscard]] std::vector<policy::vpa::Container> containers(const boost::json::object& test);

/// Whether the annotation of the case lets `container` count. One that is no list of container
/// names counts as none.
[[nodiscard]] bool is_observed(const boost::json::object& test, std::string_view container);

[[nodiscard]] std::vector<policy::vpa::ContainerPolicy> policies(const boost::json::object& test);

/// An array, or an object with one under containerRecommendations.
[[nodiscard]] PodRecommendations recommendations(const boost::json::object& test,
                                                 std::string_view key);

[[nodiscard]] boost::json::array to_json(std::span<const policy::vpa::Recommendation> all);

}  // namespace tided::golden
