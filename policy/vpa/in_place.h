// In place: whether a pod is resized where it runs, waits, or is evicted after all. A decision
// table after the VPA's updater. A resize that is under way:
//
//   state                      InPlaceOrRecreate, Recreate       InPlace
//   pending: deferred          evicted after more than 5 min     waits
//   pending: infeasible        evicted at once                   refused: remembered, see below
//   in progress                evicted after more than 1 h       waits
//   error, or not known        evicted at once                   waits
//
// always within the disruption budget, else it waits. With no resize under way the pod is resized
// if the budget allows, or regardless of it where settings say so and no container restarts. Mode
// InPlace never evicts; a refused pod is tried again once something is asked for less
// (acceptance.h). A pending pod waits here, and may always be evicted.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>

#include "policy/vocab/time.h"

namespace tided::policy::vpa {

enum class UpdateMode : std::uint8_t { off, initial, recreate, in_place_or_recreate, in_place };

enum class ResizeState : std::uint8_t {
    none,
    deferred,
    infeasible,
    pending_other,
    in_progress,
    failed,  ///< in progress, but the node reports an error
    in_progress_other,
};

/// Why, as the reason of a pod's condition says.
enum class ResizeReason : std::uint8_t { none, deferred, infeasible, error, other };

/// One of the pod's conditions PodResizePending and PodResizeInProgress.
struct ResizeCondition {
    bool is_pending_kind = false;  ///< PodResizePending
    bool is_true = false;
    ResizeReason reason = ResizeReason::none;  ///< `other` also where only a message is given
};

/// `conditions` in the pod's order, those of the two kinds. As upstream the first one alone says
/// whether a resize is under way, and PodResizePending, wherever it stands, says in what state.
[[nodiscard]] ResizeState resize_state(std::span<const ResizeCondition> conditions);

struct InPlaceSettings {
    bool has_in_place_mode = false;  ///< upstream's feature gate InPlace; without: InPlace waits
    bool spares_budget = false;      ///< --in-place-skip-disruption-budget
    Duration deferred_patience = std::chrono::minutes{5};
    Duration in_progress_patience = std::chrono::hours{1};
};

struct InPlaceQuestion {
    UpdateMode mode = UpdateMode::recreate;
    ResizeState resize = ResizeState::none;
    Duration resizing_for{};      ///< since the resize was first seen (resize_watch.h)
    bool is_disruptable = false;  ///< the group's budget allows one more (disruption.h)
    bool is_group_small = false;  ///< under min_replicas, here only because budgets are spared
    bool is_pending = false;      ///< the pod's phase
    bool restarts = false;        ///< a container's resize policy is RestartContainer
    bool was_refused = false;     ///< the node refused before, and nothing is asked for less
};

enum class InPlaceDecision : std::uint8_t {
    approved,
    deferred,
    evict,
    infeasible,         ///< the node refuses: remember what was asked for
    infeasible_cached,  ///< it refused before
};

/// Modes off and initial never act: deferred.
[[nodiscard]] InPlaceDecision decide_in_place(const InPlaceQuestion& question,
                                              const InPlaceSettings& settings);

/// When the call for an approved resize failed: evict, but in mode InPlace wait, with
/// `node_refused` until less is asked for.
[[nodiscard]] InPlaceDecision decide_after_failure(UpdateMode mode, bool node_refused);

/// Whether the pod may be evicted now, whatever the mode.
[[nodiscard]] bool may_evict(const InPlaceQuestion& question, const InPlaceSettings& settings);

}  // namespace tided::policy::vpa
