// Settings: what a sizing policy says. The defaults are upstream's flags (kubernetes/autoscaler
// recommender/config) and four improvements on top; Settings::strict() is upstream alone. Each
// policy has its own: upstream has one set of percentiles, margins and half-lives per process.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/vocab/time.h"
#include "policy/vocab/units.h"
#include "policy/vpa/resources.h"

namespace tided::policy::vpa {

/// How one resource is remembered and estimated.
struct ResourceSettings {
    double target_percentile = 0.9;  ///< 0 .. 1, here and below
    double lower_percentile = 0.5;
    double upper_percentile = 0.95;
    Duration half_life = std::chrono::hours{24};            ///< > 0
    Duration confidence_interval = std::chrono::hours{24};  ///< > 0
    std::int64_t multiple_of = 1;  ///< estimates are rounded up to it; <= 0: left as they are

    friend bool operator==(const ResourceSettings&, const ResourceSettings&) = default;
};

/// What becomes of the samples of one container.
struct IntakeRules {
    Duration interval = std::chrono::hours{24};  ///< > 0: one memory peak counts per interval
    std::int64_t intervals = 8;             ///< a history without samples for so many is dropped
    Ratio oom_ratio{1.2};                   ///< what ran out of memory needs so much more,
    Bytes oom_min_bump{100 * 1024 * 1024};  ///< or this, whichever is more
    Duration start_up = std::chrono::minutes{2};  ///< CPU used in this time after the start of a
                                                  ///< container is not its demand; 0: all counts

    friend bool operator==(const IntakeRules&, const IntakeRules&) = default;
};

/// What is said of one container, or of all that have no policy of their own ("*"). Nothing is
/// inherited: a container's own policy replaces "*" as a whole.
struct SizingPolicy {
    std::string container;
    bool is_off = false;  ///< no estimate, no share of the pod's minimum
    bool controls_cpu = true;
    bool controls_memory = true;
    Amounts min_allowed = {};                         ///< 0 limits nothing, here and below
    Amounts max_allowed = {};                         ///< beats min_allowed
    std::optional<Duration> interval = std::nullopt;  ///< instead of those of Settings::intake
    std::optional<std::int64_t> intervals = std::nullopt;
    std::optional<Ratio> oom_ratio = std::nullopt;
    std::optional<Bytes> oom_min_bump = std::nullopt;

    friend bool operator==(const SizingPolicy&, const SizingPolicy&) = default;
};

/// What outlives a restart of the daemon: everything (snapshot.h), or what upstream's checkpoints
/// hold (checkpoint.h), which leaves out the memory peaks of windows that are still open.
enum class Durable : std::uint8_t { snapshot, checkpoint };

struct Settings {
    ResourceSettings cpu{};
    ResourceSettings memory{};
    Ratio margin{0.15};               ///< added to what the percentile says
    double pod_min_milli_cpu = 25.0;  ///< shared evenly by the containers that are estimated
    double pod_min_mebibytes = 250.0;
    Amounts max_allowed = {};  ///< where a container's policy has none
    IntakeRules intake{};
    bool separate_days = true;  ///< workdays and rest days have histograms of their own (history.h)
    double days_apart_from = 1.0;  ///< confidence from which a class of days speaks for itself
    Durable durable = Durable::snapshot;
    std::vector<SizingPolicy> containers = {};
    std::vector<std::string> whole_cores = {};  ///< containers whose CPU is rounded up to cores

    /// Upstream, with its flaws.
    [[nodiscard]] static Settings strict();

    friend bool operator==(const Settings&, const Settings&) = default;
};

/// The policy that applies to `container`, or null.
[[nodiscard]] const SizingPolicy* policy_for(const Settings& settings, std::string_view container);

[[nodiscard]] IntakeRules rules_for(const Settings& settings, std::string_view container);

}  // namespace tided::policy::vpa
