#include "policy/forecast/absence.h"

#include <doctest/doctest.h>

using namespace tided;
using namespace tided::policy::forecast;
using namespace std::chrono_literals;

namespace {

const TimePoint start = from_unix_seconds(1'763'798'400);

struct Pool {
    Absence absence{};
    LoadHistory history{};
    TimePoint now = start;

    /// As the outlook does: what is held is not noted.
    bool held_at(double load) {
        now += spacing;
        const bool held = is_held(absence, history, load, now);
        if (!held) {
            note(history, load, now);
        }
        return held;
    }
    int steps_held(double load, int steps) {
        int held = 0;
        for (int i = 0; i < steps; ++i) {
            held += held_at(load) ? 1 : 0;
        }
        return held;
    }
};

}  // namespace

TEST_CASE("absence: held while traffic is gone, free when a tenth of it is back") {
    Pool pool;
    CHECK(pool.steps_held(20.0, 10) == 0);
    CHECK(pool.held_at(1.01) == false);
    CHECK(pool.held_at(1.0));
    CHECK(pool.steps_held(0.0, 100) == 100);
    CHECK(pool.held_at(2.0));
    CHECK_FALSE(pool.held_at(2.1));
    CHECK(pool.history.size == 1);
}

TEST_CASE("absence: 30 minutes, then the load is believed and not held again") {
    Pool pool;
    pool.steps_held(20.0, 10);
    CHECK(pool.steps_held(0.0, 121) == 121);
    CHECK(pool.steps_held(0.0, 200) == 0);
}

TEST_CASE("absence: a slow departure, a small load and a young history are not held") {
    Pool slow;
    for (double load = 20.0; load > 0.01; load *= 0.75) {
        CHECK_FALSE(slow.held_at(load));
    }
    Pool small;
    CHECK(small.steps_held(0.5, 10) == 0);
    CHECK(small.steps_held(0.0, 10) == 0);
    Pool young;
    CHECK(young.steps_held(20.0, 7) == 0);
    CHECK(young.steps_held(0.0, 1) == 0);
}

TEST_CASE("absence: a load from before a long stop is not what vanished") {
    Pool pool;
    pool.steps_held(20.0, 10);
    Pool stopped = pool;
    pool.now += 15min;
    CHECK(pool.held_at(0.0));
    stopped.now += 16min;
    CHECK_FALSE(stopped.held_at(0.0));
}

TEST_CASE("absence: a sample a little older ends nothing, another clock does") {
    Pool pool;
    pool.steps_held(20.0, 10);
    pool.held_at(0.0);
    pool.now -= 30s;
    CHECK(pool.held_at(0.0));
    pool.now -= 1h;
    CHECK_FALSE(pool.held_at(0.0));
}
