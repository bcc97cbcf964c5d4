#include "policy/joint/seen.h"

#include <doctest/doctest.h>

#include "tests/policy/joint/joint_rig.h"

using namespace tided;
using namespace tided::policy::joint;
using namespace std::chrono_literals;

namespace {

constexpr Duration watched = 28h;  // a slot is an hour
const TimePoint start = from_unix_seconds(1'763'798'400);

}  // namespace

TEST_CASE("seen: a slot has the mean and the peak of its ticks") {
    Seen seen;
    for (const double demand : {1.0, 2.0, 6.0}) {
        note(seen, {demand}, start, watched);
    }
    note(seen, {4.0}, start + 1h, watched);
    const Levels found = levels(seen, start + 1h, watched);
    REQUIRE(found.count == 2);
    CHECK(found.means[0] == Cores{3.0});
    CHECK(found.means[1] == Cores{4.0});
    CHECK(found.peak == Cores{6.0});
    CHECK(found.reach == 1h);
}

TEST_CASE("seen: constant demand has exactly that mean") {
    Seen seen;
    for (int i = 0; i < 1000; ++i) {
        note(seen, {0.1}, start + i * 1s, watched);
    }
    CHECK(levels(seen, start, watched).means[0] == Cores{0.1});
}

TEST_CASE("seen: what is older than the watched time is forgotten, the open slot is not") {
    Seen seen;
    note(seen, {9.0}, start, watched);
    for (int hour = 1; hour < 28; ++hour) {
        note(seen, {1.0}, start + hour * 1h, watched);
    }
    CHECK(levels(seen, start + 28h - 1ms, watched).peak == Cores{9.0});
    CHECK(levels(seen, start + 28h, watched).peak == Cores{1.0});
    note(seen, {2.0}, start + 28h, watched);
    CHECK(levels(seen, start + 28h, watched).peak == Cores{2.0});
    CHECK(levels(seen, start + 28h, watched).count == 28);
}

TEST_CASE("seen: a silence leaves no level, and a clock that went back starts a slot") {
    Seen seen;
    note(seen, {1.0}, start, watched);
    note(seen, {2.0}, start + 10h, watched);
    CHECK(levels(seen, start + 10h, watched).count == 2);
    note(seen, {3.0}, start + 5h, watched);
    const Levels found = levels(seen, start + 5h, watched);
    CHECK(found.count == 2);  // the slot of the future is left out
    CHECK(found.peak == Cores{3.0});
}
