// The parts together: a pool that always has what it asks for, under load curves.
#include "policy/forecast/outlook.h"

#include <cmath>

#include <doctest/doctest.h>

using namespace tided;
using namespace tided::policy::forecast;
using namespace std::chrono_literals;

namespace {

struct Pool {
    Memory memory{};
    TimePoint now = from_unix_seconds(1'763'769'600);

    Outlook at(double load) {
        now += spacing;
        const Observed observed{.replicas = {20}, .present = {20}, .ready = {20}, .at = now};
        return look_ahead(memory, {.load = load, .at = now - 30s}, observed, now);
    }
    Outlook after(double load, int steps) {
        Outlook last;
        for (int i = 0; i < steps; ++i) {
            last = at(load);
        }
        return last;
    }
};

}  // namespace

TEST_CASE("outlook: a new policy has the most headroom, three quarters of it suffice") {
    Pool pool;
    const Outlook first = pool.at(10.0);
    CHECK(first.load == doctest::Approx(12.5));
    CHECK(first.least == doctest::Approx(11.875));
    CHECK(first.steady == first.load);
    CHECK(first.because == Because::headroom);
}

TEST_CASE("outlook: the horizon is the start-up time and the age of the sample") {
    Pool pool;
    double load = 1.0;
    double before = 0.0;
    Outlook last;
    for (int i = 0; i < 600; ++i, before = load, load *= 1.01) {
        last = pool.at(load);
    }
    // 30 s and a minute are six entries, and the level is one more behind: 7 % of growth, in the
    // bin that ends at 7.5 %
    CHECK(last.steady == doctest::Approx(before / 1.01 * std::exp(0.075)).epsilon(0.0001));
}

TEST_CASE("outlook: a surge asks for more than it keeps") {
    Pool pool;
    pool.after(10.0, 400);
    const Outlook rising = pool.at(14.0);
    CHECK(rising.because == Because::surge);
    CHECK(rising.load == doctest::Approx(28.0));
    CHECK(rising.least == rising.load);
    CHECK(rising.steady == doctest::Approx(14.0 * 1.0125).epsilon(0.001));
}

TEST_CASE("outlook: for traffic that vanished the load before it stands, for 30 minutes") {
    Pool pool;
    const Outlook before = pool.after(10.0, 400);
    Outlook gone = pool.at(0.0);
    CHECK(gone.because == Because::absence);
    CHECK(gone.within == 30min);
    gone.because = before.because;
    gone.within = before.within;
    CHECK(gone == before);
    CHECK(pool.after(0.0, 120).load == before.load);
    CHECK(pool.at(0.0).load == 0.0);
}

TEST_CASE("outlook: traffic that is back is taken as it is") {
    Pool pool;
    pool.after(10.0, 400);
    pool.after(0.0, 100);
    const Outlook back = pool.at(8.0);
    CHECK(back.because == Because::headroom);
    CHECK(back.load == doctest::Approx(8.1).epsilon(0.001));
}

TEST_CASE("outlook: a burst of every day is prepared for when the hour comes") {
    Pool pool;
    const auto day = [&](bool with_burst) {
        Because seen = Because::headroom;
        for (int i = 0; i < 5760; ++i) {
            const bool burst = with_burst && i >= 2000 && i < 2040;
            const Outlook outlook = pool.at(burst ? 40.0 : 10.0);
            seen = outlook.because == Because::recurrence ? Because::recurrence : seen;
        }
        return seen;
    };
    CHECK(day(true) == Because::headroom);
    CHECK(day(true) == Because::headroom);
    CHECK(day(true) == Because::recurrence);
}

TEST_CASE("outlook: more load never means less to serve, from the same memory") {
    Pool pool;
    pool.after(10.0, 50);
    double last = 0.0;
    for (double load = 1.0; load < 40.0; load += 0.5) {
        Pool copy = pool;
        const Outlook outlook = copy.at(load);
        CHECK(outlook.load >= last);
        CHECK(outlook.least <= outlook.load);
        CHECK(outlook.steady <= outlook.load);
        CHECK(outlook.load >= load);
        last = outlook.load;
    }
}

TEST_CASE("outlook: several ticks on one sample change nothing, and the memory is small") {
    Pool pool;
    pool.after(10.0, 50);
    const Memory before = pool.memory;
    const Observed observed{.replicas = {20}, .present = {20}, .ready = {20}};
    const Seen same{.load = 10.0, .at = pool.now - 30s};
    const Outlook once = look_ahead(pool.memory, same, observed, pool.now + 5s);
    Outlook twice = look_ahead(pool.memory, same, observed, pool.now + 10s);
    CHECK(twice.within == once.within + 5s);
    twice.within = once.within;
    CHECK(once == twice);
    CHECK(pool.memory.history == before.history);
    CHECK(pool.memory.headroom == before.headroom);
    CHECK(sizeof(Memory) <= 1400);
}
