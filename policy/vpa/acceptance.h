// Acceptance: whether a pod may be changed now, as the VPA's updater decides for each pod:
//
//   out of memory soon after its start    yes, if anything would change
//   a request outside its bounds          yes
//   else                                  only a pod of age >= lifetime and difference >= least
//
// A container counts as "quickly out of memory" when its last termination was an OOM kill and it
// had run for less than `quick_oom`. Containers that are not observed, or whose mode is Off, do
// not count. Before all that, in mode InPlace, a pod whose node refused the last resize waits until
// some target is lower than the refused one: nobody knows which resource it was.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>

#include "policy/vocab/time.h"
#include "policy/vocab/units.h"
#include "policy/vpa/recommendation.h"
#include "policy/vpa/resources.h"
#include "policy/vpa/update_priority.h"

namespace tided::policy::vpa {

struct AcceptanceSettings {
    Ratio least_difference{0.1};                    ///< of a pod within its bounds
    Duration lifetime = std::chrono::hours{12};     ///< likewise
    Duration quick_oom = std::chrono::minutes{10};  ///< from start to OOM kill
};

/// How a container's last run ended. Only of containers that count.
struct Termination {
    bool was_oom_kill = false;
    Duration ran{};
};

[[nodiscard]] bool has_quick_oom(std::span<const Termination> terminations, Duration quick_oom);

/// Whether a container's target of any resource is lower now than it was. One that either side
/// does not name does not count.
[[nodiscard]] bool asks_for_less(std::span<const Recommendation> before,
                                 std::span<const Recommendation> now);

struct Candidate {
    UpdatePriority priority = {};
    std::optional<Duration> age = std::nullopt;  ///< none: the pod tells no start
    bool has_quick_oom = false;
    bool was_refused = false;  ///< mode InPlace, the node refused, and nothing is asked for less
};

enum class Acceptance : std::uint8_t {
    outside,          ///< accepted
    quick_oom,        ///< accepted
    long_lived,       ///< accepted
    refused,          ///< the node refused as much
    nothing_changes,  ///< quickly out of memory, but the recommendation is what it has
    unknown_age,
    too_young,
    too_alike,
};

[[nodiscard]] constexpr bool is_accepted(Acceptance acceptance) {
    return acceptance <= Acceptance::long_lived;
}

[[nodiscard]] Acceptance accept(const Candidate& candidate, const AcceptanceSettings& settings);

/// What a VPA wants of an eviction (evictionRequirements): a target that goes one way.
enum class Direction : std::uint8_t { higher, lower };

/// Met by a container when one of the named resources goes that way.
struct EvictionRequirement {
    bool cpu = false;
    bool memory = false;
    Direction direction = Direction::higher;
};

/// Whether one container meets all of them. A container without a request for CPU or for memory
/// meets any; one without a recommendation none. A missing target counts as zero.
[[nodiscard]] bool meets(std::span<const Container> containers,
                         std::span<const Recommendation> recommendations,
                         std::span<const EvictionRequirement> requirements);

}  // namespace tided::policy::vpa
