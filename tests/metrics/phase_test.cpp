// Phase: instants are strictly later, periodic, spread, and the same at every start.
#include "metrics/phase.h"

#include <algorithm>
#include <array>
#include <string>

#include <doctest/doctest.h>

using namespace tided;
using namespace tided::metrics;
using std::chrono::milliseconds;
using std::chrono::seconds;

TEST_CASE("phase: the next instant is strictly after, one interval apart") {
    const TimePoint start{milliseconds{1'000'000'123}};
    const TimePoint first = next_instant(start, seconds{5}, milliseconds{700});
    CHECK(first == TimePoint{milliseconds{1'000'000'700}});
    CHECK(next_instant(first, seconds{5}, milliseconds{700}) == first + seconds{5});
    CHECK(next_instant(first - milliseconds{1}, seconds{5}, milliseconds{700}) == first);
    CHECK(next_instant(TimePoint{milliseconds{100}}, seconds{5}, milliseconds{700}) ==
          TimePoint{milliseconds{700}});
}

TEST_CASE("phase: names are spread evenly over the interval") {
    constexpr int names = 2000;
    std::array<int, 10> tenths{};
    for (int i = 0; i < names; ++i) {
        const Duration phase = phase_of("http://10.0.0." + std::to_string(i), "apps", seconds{1});
        CHECK(phase >= Duration::zero());
        CHECK(phase < seconds{1});
        ++tenths[static_cast<std::size_t>(phase / milliseconds{100})];
    }
    CHECK(*std::min_element(tenths.begin(), tenths.end()) > 150);
    CHECK(*std::max_element(tenths.begin(), tenths.end()) < 250);
}

TEST_CASE("phase: steps of ten milliseconds, finer under a second") {
    bool is_fine = false;
    for (int i = 0; i < 1000; ++i) {
        const std::string name = "http://10.0.0." + std::to_string(i);
        CHECK(phase_of(name, "apps", seconds{5}) % milliseconds{10} == milliseconds{0});
        is_fine = is_fine ||
                  phase_of(name, "apps", milliseconds{500}) % milliseconds{10} != milliseconds{0};
    }
    CHECK(is_fine);
}

TEST_CASE("phase: name and seed decide alone") {
    CHECK(phase_of("a", "s", seconds{60}) == phase_of("a", "s", seconds{60}));
    CHECK(phase_of("a", "s", seconds{60}) != phase_of("b", "s", seconds{60}));
    CHECK(phase_of("a", "s", seconds{60}) != phase_of("a", "t", seconds{60}));
}
