#include "policy/forecast/headroom.h"

#include <algorithm>
#include <cmath>

#include <doctest/doctest.h>

using namespace tided;
using namespace tided::policy::forecast;

namespace {

constexpr std::size_t horizon = 6;
const TimePoint start = from_unix_seconds(1'763'798'400);

/// Learns `entries` entries of `curve`.
template <class Curve>
Headroom after(int entries, const Curve& curve) {
    LoadHistory history;
    Headroom headroom;
    for (int i = 0; i < entries; ++i) {
        note(history, curve(i), start + i * spacing);
        learn(headroom, history, horizon);
    }
    return headroom;
}

constexpr int day = 5760;

double steady(int /*entry*/) {
    return 20.0;
}

double daily_wave(int entry) {
    return 20.0 - 15.0 * std::cos(2.0 * 3.14159265 * entry / day);
}

/// Four times the load for ten minutes, every two hours.
double bursts(int entry) {
    return entry % 480 < 40 ? 80.0 : 20.0;
}

/// Up and down by 10 % in half a minute.
double restless(int entry) {
    return entry % 4 < 2 ? 20.0 : 22.0;
}

}  // namespace

TEST_CASE("headroom: the most until an hour has been seen") {
    CHECK(factor(Headroom{}) == doctest::Approx(1.25));
    CHECK(factor(after(240, steady)) == doctest::Approx(1.25));
    CHECK(factor(after(250, steady)) < 1.02);
}

TEST_CASE("headroom: a steady load needs the width of a bin, a wave what it climbs") {
    CHECK(factor(after(day, steady)) == doctest::Approx(std::exp(0.0125)));
    // steepest relative climb: 1.13 times 2 pi / day per entry, over six entries: 0.7 %
    CHECK(factor(after(2 * day, daily_wave)) == doctest::Approx(std::exp(0.0125)));
}

TEST_CASE("headroom: the growth that is exceeded in half a percent of the time") {
    // a rise of 12 % that lasts ten minutes: within reach of six entries, in 6 of `period`
    const auto rises = [](int period) {
        return [period](int entry) { return entry % period < 40 ? 22.4 : 20.0; };
    };
    CHECK(factor(after(2 * day, rises(1000))) == doctest::Approx(std::exp(0.125)));
    CHECK(factor(after(2 * day, rises(1500))) == doctest::Approx(std::exp(0.0125)));
}

TEST_CASE("headroom: bursts are no reason for room, and limit it") {
    const Headroom learned = after(2 * day, bursts);
    CHECK(factor(learned) < 1.02);
    CHECK(learned.bursts / (learned.total + learned.bursts) ==
          doctest::Approx(0.0125).epsilon(0.1));
    const auto both = [](int entry) { return bursts(entry) * restless(entry) / 20.0; };
    const Headroom mixed = after(2 * day, both);
    CHECK(factor(mixed) > 1.07);
    CHECK(factor(mixed) <= std::min(1.25, 1.10 + 4.0 * mixed.agitation));
}

TEST_CASE("headroom: agitation is the usual change from entry to entry") {
    CHECK(after(day, steady).agitation == 0.0F);
    CHECK(after(day, restless).agitation == doctest::Approx(0.0477).epsilon(0.02));
    CHECK(after(day, bursts).agitation < 0.002F);
}

TEST_CASE("headroom: a load below a third of a replica teaches nothing") {
    CHECK(after(day, [](int entry) { return entry % 2 * 0.3; }).total == 0.0F);
}

TEST_CASE("headroom: what is a week old weighs little") {
    const auto calms_down = [](int entry) { return entry < 2 * day ? restless(entry) : 20.0; };
    CHECK(factor(after(2 * day, calms_down)) > 1.07);
    CHECK(factor(after(2 * day + 16 * day, calms_down)) < 1.02);
}
