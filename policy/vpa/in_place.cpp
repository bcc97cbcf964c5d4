#include "policy/vpa/in_place.h"

#include <algorithm>
#include <array>

namespace tided::policy::vpa {

namespace {

struct StateOf {
    bool is_pending_kind;
    ResizeReason reason;
    ResizeState state;
};

constexpr std::array<StateOf, 4> states{{{true, ResizeReason::deferred, ResizeState::deferred},
                                         {true, ResizeReason::infeasible, ResizeState::infeasible},
                                         {false, ResizeReason::none, ResizeState::in_progress},
                                         {false, ResizeReason::error, ResizeState::failed}}};

bool is_stuck(const InPlaceQuestion& question, const InPlaceSettings& settings) {
    switch (question.resize) {
        case ResizeState::deferred:
            return question.resizing_for > settings.deferred_patience;
        case ResizeState::in_progress:
            return question.resizing_for > settings.in_progress_patience;
        default:
            return true;
    }
}

InPlaceDecision decide_under_way(const InPlaceQuestion& question, const InPlaceSettings& settings) {
    if (question.mode == UpdateMode::in_place) {
        return question.resize == ResizeState::infeasible ? InPlaceDecision::infeasible
                                                          : InPlaceDecision::deferred;
    }
    return question.is_disruptable && is_stuck(question, settings) ? InPlaceDecision::evict
                                                                   : InPlaceDecision::deferred;
}

bool never_acts(const InPlaceQuestion& question, const InPlaceSettings& settings) {
    return question.mode == UpdateMode::off || question.mode == UpdateMode::initial ||
           (question.mode == UpdateMode::in_place && !settings.has_in_place_mode);
}

}  // namespace

ResizeState resize_state(std::span<const ResizeCondition> conditions) {
    if (conditions.empty() || !conditions.front().is_true) {
        return ResizeState::none;
    }
    const auto pending = std::ranges::find(conditions, true, &ResizeCondition::is_pending_kind);
    const ResizeCondition& telling = pending == conditions.end() ? conditions.front() : *pending;
    const auto known = std::ranges::find_if(states, [&](const StateOf& row) {
        return row.is_pending_kind == telling.is_pending_kind && row.reason == telling.reason;
    });
    if (known != states.end()) {
        return known->state;
    }
    return telling.is_pending_kind ? ResizeState::pending_other : ResizeState::in_progress_other;
}

InPlaceDecision decide_in_place(const InPlaceQuestion& question, const InPlaceSettings& settings) {
    if (never_acts(question, settings) || question.is_pending) {
        return InPlaceDecision::deferred;
    }
    if (question.mode == UpdateMode::in_place && question.was_refused) {
        return InPlaceDecision::infeasible_cached;
    }
    if (question.resize != ResizeState::none) {
        return decide_under_way(question, settings);
    }
    const bool needs_no_budget = settings.spares_budget && !question.restarts;
    return needs_no_budget || question.is_disruptable ? InPlaceDecision::approved
                                                      : InPlaceDecision::deferred;
}

InPlaceDecision decide_after_failure(UpdateMode mode, bool node_refused) {
    if (mode != UpdateMode::in_place) {
        return InPlaceDecision::evict;
    }
    return node_refused ? InPlaceDecision::infeasible : InPlaceDecision::deferred;
}

bool may_evict(const InPlaceQuestion& question, const InPlaceSettings& settings) {
    if (question.is_pending) {
        return true;
    }
    return !question.is_group_small && question.is_disruptable &&
           (question.resize == ResizeState::none || is_stuck(question, settings));
}

}  // namespace tided::policy::vpa
