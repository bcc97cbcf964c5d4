// Vertical: what a policy says of the size of its instances, compiled: which queries measure them,
// which labels tell them apart, and by which rules policy/vpa/ sizes them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/config/zone.h"
#include "metrics/source.h"
#include "policy/joint/settings.h"
#include "policy/vocab/time.h"
#include "policy/vpa/settings.h"

namespace tided::config {

/// What is asked about the instances, each with a query of its own.
enum class Usage : std::uint8_t { cpu, memory, oom_kills, memory_request, start_time };

/// Their keys in the policy file, in the order of the enumeration.
inline constexpr std::array<std::string_view, 5> usage_keys{
    "cpu_usage", "memory_usage", "oom_kills", "memory_request", "start_time"};
inline constexpr std::size_t usages = usage_keys.size();

/// Count and size in one decision.
struct Joint {
    policy::joint::Settings settings{};  ///< min and max are those of the policy, to be put in
    policy::joint::Size given{};         ///< what each replica has now
    bool is_priced = false;              ///< prices are written, not defaults

    friend bool operator==(const Joint&, const Joint&) = default;
};

struct Vertical {
    policy::vpa::Settings settings{};
    std::string source;
    std::array<metrics::Query, usages> queries{};  ///< without an expression: not asked
    std::string instance;                          ///< a label; "" = pod, or else instance
    std::string container = "container";           ///< a label
    Duration interval = std::chrono::minutes{1};
    Zone zone{};  ///< says which days are workdays
    std::optional<Joint> joint = std::nullopt;

    [[nodiscard]] const metrics::Query& query(Usage usage) const {
        return queries[static_cast<std::size_t>(usage)];
    }
    [[nodiscard]] bool asks(std::size_t usage) const { return !queries[usage].expression.empty(); }

    friend bool operator==(const Vertical&, const Vertical&) = default;
};

}  // namespace tided::config
