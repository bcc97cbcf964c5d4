// How the Kubernetes balancer divides replicas over its targets.
#include <algorithm>
#include <array>
#include <stdexcept>
#include <vector>

#include <boost/json/array.hpp>

#include "policy/placement/steady.h"
#include "tests/golden/vpa_pod_json.h"
#include "tests/golden/vpa_update_cases.h"

namespace tided::golden {

namespace json = boost::json;
using namespace policy::placement;

namespace {

Replicas replicas(const json::object& object, std::string_view key) {
    return Replicas{object.at(key).to_number<std::int32_t>()};
}

std::vector<SeenPool> pools_of(const json::object& test) {
    std::vector<SeenPool> pools;
    for (const auto& target : test.at("targets").as_object()) {
        const json::object& told = target.value().as_object();
        pools.push_back({.pool = {.name = target.key(),
                                  .min = replicas(told, "min"),
                                  .max = replicas(told, "max"),
                                  .share = replicas(told, "proportion").count,
                                  .total = replicas(told, "observed_total"),
                                  .late = replicas(told, "not_started_within_deadline")}});
    }
    return pools;
}

std::vector<std::size_t> order_of(const json::object& test, const std::vector<SeenPool>& pools) {
    std::vector<std::size_t> order;
    for (const json::value& name : test.at("target_order").as_array()) {
        const auto pool = std::ranges::find_if(
            pools, [&](const SeenPool& seen) { return seen.pool.name == name.as_string(); });
        if (pool == pools.end()) {
            throw std::invalid_argument("the order names no target");
        }
        order.push_back(static_cast<std::size_t>(pool - pools.begin()));
    }
    return order;
}

json::value balancer(const json::object& test) {
    const std::vector<SeenPool> pools = pools_of(test);
    const bool is_priority = text(test, "policy") == "priority";
    const std::vector<std::size_t> order =
        is_priority ? order_of(test, pools) : std::vector<std::size_t>{};
    const SteadyPlacement result = place({.way = is_priority ? Way::by_priority : Way::by_share,
                                          .wanted = replicas(test, "replicas"),
                                          .order = order},
                                         pools,
                                         SteadySettings::strict());
    json::object placement;
    for (std::size_t i = 0; i < pools.size(); ++i) {
        placement[pools[i].pool.name] = result.pools[i].placed->count;
    }
    return {{"placement", std::move(placement)},
            {"missing", result.remainder.missing.count},
            {"overflow", result.remainder.overflow.count}};
}

constexpr std::array<std::string_view, 3> outputs{"placement", "missing", "overflow"};
constexpr std::array<CaseKind, 1> kinds{{{"balancer", &caught<balancer>, outputs}}};

}  // namespace

std::span<const CaseKind> balancer_case_kinds() {
    return kinds;
}

}  // namespace tided::golden
