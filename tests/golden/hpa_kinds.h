// The kinds of case that the hpa suite knows: each computes what `expected` can say of it.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "policy/vocab/result.h"

namespace tided::golden {

[[nodiscard]] Result<boost::json::value> reconcile(const boost::json::object& test);

// One metric, or a part of it.
[[nodiscard]] Result<boost::json::value> replica_calc(const boost::json::object& test);
[[nodiscard]] Result<boost::json::value> group_pods(const boost::json::object& test);
[[nodiscard]] Result<boost::json::value> calculate_requests(const boost::json::object& test);
[[nodiscard]] Result<boost::json::value> per_pod_usage(const boost::json::object& test);

// What limits a proposal.
[[nodiscard]] Result<boost::json::value> rate_limit_with_behavior(const boost::json::object& test);
[[nodiscard]] Result<boost::json::value> stabilize_with_behavior(const boost::json::object& test);
[[nodiscard]] Result<boost::json::value> stabilize_legacy(const boost::json::object& test);
[[nodiscard]] Result<boost::json::value> store_scale_event(const boost::json::object& test);
[[nodiscard]] Result<boost::json::value> clamp_legacy(const boost::json::object& test);
[[nodiscard]] Result<boost::json::value> scale_up_limit(const boost::json::object& test);
[[nodiscard]] Result<boost::json::value> scale_down_limit(const boost::json::object& test);

}  // namespace tided::golden
