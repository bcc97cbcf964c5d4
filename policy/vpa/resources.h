// Resources: what a container asks for, in whole amounts: millicores of CPU, bytes of memory, as
// Kubernetes' VerticalPodAutoscaler counts them. A quantity with finer parts is rounded up where it
// is read. "Not set" and zero are two things: no request is not a request of nothing.
//
// An Amount is never negative; that is checked where it is read. A sum that leaves int64 stays at
// its end, so nothing here overflows.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

namespace tided::policy::vpa {

enum class Resource : std::uint8_t { cpu, memory };

inline constexpr std::array all_resources{Resource::cpu, Resource::memory};

/// Millicores or bytes, as the Resource it belongs to says.
struct Amount {
    std::int64_t count = 0;

    friend constexpr auto operator<=>(Amount, Amount) = default;
};

inline constexpr Amount largest_amount{std::numeric_limits<std::int64_t>::max()};

[[nodiscard]] constexpr Amount operator+(Amount a, Amount b) {
    return a.count > largest_amount.count - b.count ? largest_amount : Amount{a.count + b.count};
}

[[nodiscard]] constexpr Amount or_zero(const std::optional<Amount>& amount) {
    return amount.value_or(Amount{});
}

/// An amount of each resource, where there is one.
struct Amounts {
    std::optional<Amount> cpu = std::nullopt;
    std::optional<Amount> memory = std::nullopt;

    [[nodiscard]] constexpr const std::optional<Amount>& operator[](Resource resource) const {
        return resource == Resource::cpu ? cpu : memory;
    }
    [[nodiscard]] constexpr std::optional<Amount>& operator[](Resource resource) {
        return resource == Resource::cpu ? cpu : memory;
    }
    [[nodiscard]] constexpr bool is_empty() const { return !cpu && !memory; }

    friend constexpr bool operator==(const Amounts&, const Amounts&) = default;
};

/// One container of a running pod. Requests and limits are those in force: of the container's
/// status where it tells them (a cluster that resizes in place), else of the pod's spec.
struct Container {
    std::string_view name = {};  ///< valid as long as the text it was read from
    Amounts requests = {};
    Amounts limits = {};
    bool is_observed = true;  ///< false: the pod's list of observed containers leaves it out
};

}  // namespace tided::policy::vpa
