#include "daemon/clock.h"

#include <doctest/doctest.h>

#include "tests/support/wall_offset.h"

using namespace tided;
using namespace tided::daemon;
using tided::testing::WallOffset;
using namespace std::chrono_literals;

namespace {

bool about(Duration value, Duration expected) {
    return std::chrono::abs(value - expected) < 1s;
}

}  // namespace

TEST_CASE("clock: a wall clock set forward or back is one jump, and then the new time") {
    for (const double hours : {1.0, -1.0}) {
        const WallOffset wall;
        Clock clock;
        const TimePoint before = clock.now();
        wall.set(hours * 3600);
        CHECK(about(clock.now() - before, 0s));  // carried by the steady clock until checked
        const auto jump = clock.check();
        CHECK(about(
            jump,
            std::chrono::duration_cast<Duration>(std::chrono::duration<double>(hours * 3600))));
        CHECK(about(clock.now() - before, jump));
        CHECK(clock.check() == Duration{0});
    }
}

TEST_CASE("clock: a small difference is slewed away without a jump and without going back") {
    const WallOffset wall;
    Clock clock;
    wall.set(-1.5);
    const TimePoint before = clock.now();
    for (int i = 0; i < 10; ++i) {
        CHECK(clock.check() == Duration{0});
    }
    CHECK(before - clock.now() <= 10 * 20ms);
    for (int i = 0; i < 200; ++i) {
        static_cast<void>(clock.check());
    }
    CHECK(about(clock.now() - before, -1500ms));
}
