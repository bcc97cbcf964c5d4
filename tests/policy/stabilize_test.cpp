// Stabilisation: windows in both directions, their exact edges, and the short history.
#include "policy/stabilize.h"

#include <algorithm>

#include <doctest/doctest.h>

#include "tests/support/policy_words.h"

using namespace tided;
using namespace tided::policy;
using namespace std::chrono_literals;

namespace {

using History = std::vector<Recommendation>;

const TimePoint now = from_unix_seconds(1'763'798'400);

Behavior windows(Duration up, Duration down) {
    Behavior behavior;
    behavior.up.stabilization = up;
    behavior.down.stabilization = down;
    return behavior;
}

std::int32_t settle(const Behavior& behavior,
                    std::int32_t proposed,
                    std::int32_t current,
                    const History& history) {
    ReasonChain reasons;
    const Replicas result = stabilized(behavior, {{proposed}, now}, {current}, history, reasons);
    CHECK(reasons.links().size() == (result == Replicas{proposed} ? 0 : 1));
    return result.count;
}

}  // namespace

TEST_CASE("stabilise: the highest proposal of the window holds a scale-down") {
    const History history{{{9}, now - 299s}, {{7}, now - 10s}};
    CHECK(settle(windows(0s, 5min), 3, 10, history) == 9);
    CHECK(settle(windows(0s, 5min), 3, 8, history) == 8);
    CHECK(settle(windows(0s, 60s), 3, 10, history) == 7);
    CHECK(settle(windows(0s, 0s), 3, 10, history) == 3);
}

TEST_CASE("stabilise: the lowest proposal of the window holds a scale-up") {
    const History history{{{12}, now - 50s}, {{15}, now - 10s}};
    CHECK(settle(windows(60s, 0s), 30, 10, history) == 12);
    CHECK(settle(windows(60s, 0s), 30, 14, history) == 14);
    CHECK(settle(windows(30s, 0s), 30, 10, history) == 15);
    CHECK(settle(windows(0s, 5min), 30, 10, history) == 30);
}

TEST_CASE("stabilise: an entry exactly as old as the window is outside it") {
    CHECK(settle(windows(0s, 60s), 3, 10, {{{10}, now - 60s}}) == 3);
    CHECK(settle(windows(0s, 60s), 3, 10, {{{10}, now - 60s + 1ms}}) == 10);
    CHECK(settle(windows(60s, 0s), 20, 10, {{{10}, now - 60s}}) == 20);
    CHECK(settle(windows(60s, 0s), 20, 10, {{{10}, now - 60s + 1ms}}) == 10);
}

TEST_CASE("stabilise: old proposals never push past the point nearest to current") {
    // Once 40 were proposed; the count is 10 and 5 are proposed now: nothing moves up.
    CHECK(settle(windows(0s, 5min), 5, 10, {{{40}, now - 10s}}) == 10);
    CHECK(settle(windows(5min, 0s), 20, 10, {{{2}, now - 10s}}) == 10);
}

TEST_CASE("stabilise: the link names the window and the proposal that holds") {
    ReasonChain reasons;
    static_cast<void>(
        stabilized(windows(60s, 5min), {{30}, now}, {10}, {{{12}, now - 50s}}, reasons));
    static_cast<void>(
        stabilized(windows(60s, 5min), {{3}, now}, {10}, {{{12}, now - 50s}}, reasons));
    CHECK(reasons.links()[0] == Reason{.code = ReasonCode::stabilized_up,
                                       .from = {30},
                                       .to = {12},
                                       .value = 12.0,
                                       .duration = 60s});
    CHECK(reasons.links()[1] == Reason{.code = ReasonCode::stabilized_down,
                                       .from = {3},
                                       .to = {10},
                                       .value = 12.0,
                                       .duration = 5min});
}

TEST_CASE("history: keeps what can still decide a window, in order") {
    const Behavior behavior = windows(60s, 5min);
    History history{{{50}, now - 300s},  // as old as the longest window
                    {{20}, now - 200s},
                    {{5}, now - 150s},  // the lowest from here on
                    {{9}, now - 100s},  // between its youngers: decides nothing
                    {{12}, now - 50s},
                    {{12}, now - 40s},
                    {{8}, now - 30s}};
    note_recommendation(behavior, {{10}, now}, history);
    CHECK(history == History{{{20}, now - 200s},
                             {{5}, now - 150s},
                             {{12}, now - 40s},
                             {{8}, now - 30s},
                             {{10}, now}});
}

TEST_CASE("history: a load at rest keeps one entry and allocates nothing") {
    History history;
    note_recommendation(windows(0s, 5min), {{4}, now}, history);
    const auto capacity = history.capacity();
    for (int i = 1; i < 1000; ++i) {
        note_recommendation(windows(0s, 5min), {{4}, now + i * 5s}, history);
    }
    CHECK(history == History{{{4}, now + 999 * 5s}});
    CHECK(history.capacity() == capacity);
}
