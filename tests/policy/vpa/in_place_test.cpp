// In place: the decision table, its patience to the millisecond, what may be evicted, what a pod's
// conditions mean.
#include "policy/vpa/in_place.h"

#include <array>
#include <vector>

#include <doctest/doctest.h>

using namespace tided;
using namespace tided::policy::vpa;
using namespace std::chrono_literals;

namespace {

constexpr InPlaceSettings gated{.has_in_place_mode = true};

struct Row {
    ResizeState state;
    Duration patience;  ///< evicted after more than that; below zero: at once
};

constexpr std::array<Row, 6> under_way{{{ResizeState::deferred, 5min},
                                        {ResizeState::infeasible, -1ms},
                                        {ResizeState::pending_other, -1ms},
                                        {ResizeState::in_progress, 1h},
                                        {ResizeState::failed, -1ms},
                                        {ResizeState::in_progress_other, -1ms}}};

}  // namespace

TEST_CASE(
    "in place: a resize under way is waited for as long as its state deserves, then evicted") {
    for (const UpdateMode mode : {UpdateMode::in_place_or_recreate, UpdateMode::recreate}) {
        for (const Row& row : under_way) {
            CAPTURE(static_cast<int>(row.state));
            InPlaceQuestion question{.mode = mode, .resize = row.state, .is_disruptable = true};
            if (row.patience >= 0ms) {
                question.resizing_for = row.patience;
                CHECK(decide_in_place(question, {}) == InPlaceDecision::deferred);
                CHECK(!may_evict(question, {}));
            }
            question.resizing_for = row.patience + 1ms;
            CHECK(decide_in_place(question, {}) == InPlaceDecision::evict);
            CHECK(may_evict(question, {}));
            question.is_disruptable = false;
            CHECK(decide_in_place(question, {}) == InPlaceDecision::deferred);
            CHECK(!may_evict(question, {}));
        }
    }
}

TEST_CASE(
    "in place: mode InPlace never evicts; a refusal is told, and told again until less is asked") {
    for (const Row& row : under_way) {
        InPlaceQuestion question{.mode = UpdateMode::in_place,
                                 .resize = row.state,
                                 .resizing_for = 90h,
                                 .is_disruptable = true};
        CHECK(decide_in_place(question, gated) == (row.state == ResizeState::infeasible
                                                       ? InPlaceDecision::infeasible
                                                       : InPlaceDecision::deferred));
        question.was_refused = true;
        CHECK(decide_in_place(question, gated) == InPlaceDecision::infeasible_cached);
        CHECK(decide_in_place(question, {}) == InPlaceDecision::deferred);
    }
}

TEST_CASE(
    "in place: at rest the budget decides, or nothing where it is spared and nothing restarts") {
    constexpr UpdateMode mode = UpdateMode::in_place_or_recreate;
    constexpr InPlaceSettings sparing{.spares_budget = true};
    const auto approves = [](const InPlaceQuestion& question, const InPlaceSettings& settings) {
        return decide_in_place(question, settings) == InPlaceDecision::approved;
    };
    CHECK(approves({.mode = mode, .is_disruptable = true}, {}));
    CHECK(!approves({.mode = mode}, {}));
    CHECK(approves({.mode = mode}, sparing));
    CHECK(!approves({.mode = mode, .restarts = true}, sparing));
    CHECK(approves({.mode = mode, .is_disruptable = true, .restarts = true}, sparing));
    CHECK(approves({.mode = UpdateMode::in_place, .is_disruptable = true}, gated));
}

TEST_CASE("in place: modes off and initial do nothing, nor does any mode to a pending pod") {
    for (const UpdateMode mode : {UpdateMode::off, UpdateMode::initial}) {
        CHECK(decide_in_place({.mode = mode, .is_disruptable = true}, gated) ==
              InPlaceDecision::deferred);
    }
    const InPlaceQuestion pending{
        .mode = UpdateMode::in_place_or_recreate, .is_disruptable = true, .is_pending = true};
    CHECK(decide_in_place(pending, gated) == InPlaceDecision::deferred);
}

TEST_CASE("in place: a resize call that fails ends in an eviction, in mode InPlace in waiting") {
    CHECK(decide_after_failure(UpdateMode::in_place_or_recreate, true) == InPlaceDecision::evict);
    CHECK(decide_after_failure(UpdateMode::in_place, true) == InPlaceDecision::infeasible);
    CHECK(decide_after_failure(UpdateMode::in_place, false) == InPlaceDecision::deferred);
}

TEST_CASE("in place: a pending pod may always be evicted, one of a small group never") {
    CHECK(may_evict({.is_group_small = true, .is_pending = true}, {}));
    CHECK(!may_evict({.is_disruptable = true, .is_group_small = true}, {}));
    CHECK(may_evict({.is_disruptable = true}, {}));
    CHECK(!may_evict({}, {}));
}

TEST_CASE("in place: the first condition says whether, the pending one in what state") {
    constexpr ResizeCondition deferred{true, true, ResizeReason::deferred};
    constexpr ResizeCondition progress{false, true, ResizeReason::none};
    constexpr ResizeCondition not_pending{true, false, ResizeReason::infeasible};
    struct Case {
        std::vector<ResizeCondition> conditions;
        ResizeState expected;
    };
    const std::array<Case, 9> cases{
        {{{}, ResizeState::none},
         {{deferred}, ResizeState::deferred},
         {{progress, deferred}, ResizeState::deferred},
         {{progress}, ResizeState::in_progress},
         {{not_pending, progress}, ResizeState::none},
         {{progress, not_pending}, ResizeState::infeasible},
         {{{true, true, ResizeReason::error}}, ResizeState::pending_other},
         {{{false, true, ResizeReason::error}}, ResizeState::failed},
         {{{false, true, ResizeReason::deferred}}, ResizeState::in_progress_other}}};
    for (const Case& row : cases) {
        CHECK(resize_state(row.conditions) == row.expected);
    }
}
