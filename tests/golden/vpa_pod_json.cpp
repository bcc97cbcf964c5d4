#include "tests/golden/vpa_pod_json.h"

#include <algorithm>
#include <array>
#include <stdexcept>

#include <boost/json/array.hpp>

#include "policy/vocab/units.h"

namespace tided::golden {

namespace json = boost::json;
using policy::vpa::Amount;
using policy::vpa::Amounts;
using policy::vpa::Container;
using policy::vpa::ContainerPolicy;
using policy::vpa::ControlledValues;
using policy::vpa::Recommendation;
using policy::vpa::Resource;

namespace {

constexpr std::int64_t milli = 1000;
constexpr std::string_view between_names = ", ";
constexpr std::size_t longest_name = 63;

template <typename Number>
Number whole(const Result<Number>& read) {
    if (!read) {
        throw std::invalid_argument(read.error().message);
    }
    return *read;
}

struct PartName {
    std::string_view name;
    Amounts Recommendation::*part;
};

constexpr std::array<PartName, 4> part_names{{{"target", &Recommendation::target},
                                              {"lowerBound", &Recommendation::lower},
                                              {"upperBound", &Recommendation::upper},
                                              {"uncappedTarget", &Recommendation::uncapped}}};

std::vector<std::string_view> split(std::string_view text) {
    std::vector<std::string_view> names;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(between_names), text.size());
        names.push_back(text.substr(0, end));
        text.remove_prefix(std::min(end + between_names.size(), text.size()));
    }
    return names;
}

/// A label of RFC 1123: lower case, digits and inner dashes.
bool is_container_name(std::string_view name) {
    const auto is_inner = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    };
    return !name.empty() && name.size() <= longest_name && std::ranges::all_of(name, is_inner) &&
           name.front() != '-' && name.back() != '-';
}

const json::object* status_of(const json::object& test, std::string_view container) {
    const json::value* statuses = member(test, "container_statuses");
    if (statuses == nullptr) {
        return nullptr;
    }
    for (const json::value& status : statuses->as_array()) {
        if (text(status.as_object(), "Name") == container) {
            return &status.as_object();
        }
    }
    return nullptr;
}

Container container_of(const json::object& test, const json::object& spec) {
    const std::string_view name = text(spec, "Name");
    const json::object* status = status_of(test, name);
    const json::value* resources = status == nullptr ? nullptr : member(*status, "Resources");
    if (resources == nullptr) {
        resources = &spec.at("Resources");
    }
    return {.name = name,
            .requests = amounts(resources->as_object(), "Requests"),
            .limits = amounts(resources->as_object(), "Limits"),
            .is_observed = is_observed(test, name)};
}

json::object to_json(const Amounts& amounts) {
    json::object object;
    if (amounts.cpu) {
        object["cpu"] = quantity(*amounts.cpu, Resource::cpu);
    }
    if (amounts.memory) {
        object["memory"] = quantity(*amounts.memory, Resource::memory);
    }
    return object;
}

}  // namespace

Resource resource_named(std::string_view name) {
    if (name != "cpu" && name != "memory") {
        throw std::invalid_argument("no such resource: " + std::string{name});
    }
    return name == "cpu" ? Resource::cpu : Resource::memory;
}

Amount quantity(std::string_view text, Resource resource) {
    return Amount{resource == Resource::cpu ? whole(parse_milli_quantity(text))
                                            : whole(parse_bytes(text)).count};
}

std::string quantity(Amount amount, Resource resource) {
    if (resource == Resource::memory) {
        return std::to_string(amount.count);
    }
    return amount.count % milli == 0 ? std::to_string(amount.count / milli)
                                     : std::to_string(amount.count) + 'm';
}

Amounts amounts(const json::object& object, std::string_view key) {
    Amounts result;
    const json::value* found = member(object, key);
    if (found != nullptr) {
        for (const auto& entry : found->as_object()) {
            const Resource resource = resource_named(entry.key());
            result[resource] = quantity(entry.value().as_string(), resource);
        }
    }
    return result;
}

std::vector<Container> containers(const json::object& test) {
    std::vector<Container> result;
    for (const json::value& spec : test.at("pod_containers").as_array()) {
        result.push_back(container_of(test, spec.as_object()));
    }
    return result;
}

bool is_observed(const json::object& test, std::string_view container) {
    const json::value* annotations = member(test, "annotations");
    if (annotations == nullptr) {
        return true;
    }
    const auto names = split(text(annotations->as_object(), "vpaObservedContainers"));
    return !std::ranges::all_of(names, is_container_name) ||
           std::ranges::find(names, container) != names.end();
}

std::vector<ContainerPolicy> policies(const json::object& test) {
    std::vector<ContainerPolicy> result;
    const json::value* policy = member(test, "policy");
    const json::value* all =
        policy == nullptr ? nullptr : member(policy->as_object(), "containerPolicies");
    if (all == nullptr) {
        return result;
    }
    for (const json::value& value : all->as_array()) {
        const json::object& one = value.as_object();
        result.push_back({.container = text(one, "containerName"),
                          .min_allowed = amounts(one, "minAllowed"),
                          .max_allowed = amounts(one, "maxAllowed"),
                          .controlled = text(one, "controlledValues") == "RequestsOnly"
                                            ? ControlledValues::requests_only
                                            : ControlledValues::requests_and_limits,
                          .is_off = text(one, "mode") == "Off"});
    }
    return result;
}

PodRecommendations recommendations(const json::object& test, std::string_view key) {
    const json::value* found = member(test, key);
    if (found != nullptr && found->is_object()) {
        found = member(found->as_object(), "containerRecommendations");
    }
    PodRecommendations result;
    if (found == nullptr) {
        return result;
    }
    for (const json::value& one : found->as_array()) {
        Recommendation& read = result.emplace_back();
        read.container = text(one.as_object(), "containerName");
        for (const PartName& row : part_names) {
            read.*row.part = amounts(one.as_object(), row.name);
        }
    }
    return result;
}

json::array to_json(std::span<const Recommendation> all) {
    json::array result;
    for (const Recommendation& one : all) {
        json::object object{{"containerName", one.container}};
        for (const PartName& row : part_names) {
            const Amounts& part = one.*row.part;
            if (!part.is_empty()) {
                object[row.name] = to_json(part);
            }
        }
        result.emplace_back(std::move(object));
    }
    return result;
}

}  // namespace tided::golden
