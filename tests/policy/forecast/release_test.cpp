#include "policy/forecast/release.h"

#include <doctest/doctest.h>

using namespace tided;
using namespace tided::policy::forecast;
using namespace std::chrono_literals;

namespace {

struct Pool {
    SteadyNeeds recent{};
    TimePoint now = from_unix_seconds(1'763'798'400);
    std::int32_t count = 0;
    double agitation = 0.0;

    std::int32_t needs(Need need, Duration after = spacing) {
        now += after;
        count = released(recent, need, {count}, agitation, now).count;
        return count;
    }
    std::int32_t needs(std::int32_t n, Duration after = spacing) {
        return needs({{n}, {n}, {n}}, after);
    }
};

}  // namespace

TEST_CASE("release: up at once, but not for a ripple") {
    Pool pool{.count = 10};
    CHECK(pool.needs({{12}, {10}, {12}}) == 10);
    CHECK(pool.needs({{13}, {11}, {13}}) == 13);
}

TEST_CASE("release: a large fall after 30 s, a small one after three minutes") {
    Pool large{.count = 40};
    large.needs(40);
    CHECK(large.needs(10) == 40);
    CHECK(large.needs(10) == 10);
    Pool small{.count = 40};
    small.needs(40);
    for (int i = 0; i < 11; ++i) {
        CHECK(small.needs(36) == 40);
    }
    CHECK(small.needs(36) == 36);
}

TEST_CASE("release: what only a surge asked for goes at once") {
    Pool pool{.count = 10};
    CHECK(pool.needs({{30}, {30}, {12}}) == 30);
    CHECK(pool.needs({{13}, {12}, {12}}) == 13);
}

TEST_CASE("release: an agitated load has to fall further to fall fast") {
    Pool calm{.count = 40};
    calm.needs(40);
    calm.needs(32);
    CHECK(calm.needs(32) == 32);
    Pool agitated{.count = 40, .agitation = 0.06};
    agitated.needs(40);
    agitated.needs(32);
    CHECK(agitated.needs(32) == 40);
}

TEST_CASE("release: one replica of a large pool is not worth an action") {
    const auto after_three_minutes = [](std::int32_t count, std::int32_t need) {
        Pool pool{.count = count};
        for (int i = 0; i < 20; ++i) {
            pool.needs(need);
        }
        return pool.count;
    };
    CHECK(after_three_minutes(30, 29) == 30);
    CHECK(after_three_minutes(30, 28) == 28);
    CHECK(after_three_minutes(20, 19) == 19);
}

TEST_CASE("release: ticks of 5 s see the same windows") {
    Pool pool{.count = 40};
    pool.needs(40, 0s);
    CHECK(pool.needs(10, 15s) == 40);
    CHECK(pool.needs(10, 5s) == 40);
    CHECK(pool.needs(10, 5s) == 40);
    CHECK(pool.needs(10, 5s) == 10);
}

TEST_CASE(
    "release: over a gap the need before it stands, so the first look after it lets none go") {
    for (const Duration gap : {Duration{45s}, Duration{150s}, Duration{210s}, Duration{1h}}) {
        CAPTURE(gap.count());
        Pool pool{.count = 21};
        pool.needs(21);
        CHECK(pool.needs(6, gap) == 21);
        CHECK(pool.needs(6) == 6);
    }
    Pool lower{.count = 21};  // what was needed, not what there was
    lower.needs(21);
    lower.needs(20);
    CHECK(lower.needs(19, 1h) == 20);
}

TEST_CASE("release: at long intervals one low need is not believed either") {
    for (const Duration interval : {Duration{30s}, Duration{1min}, Duration{5min}}) {
        CAPTURE(interval.count());
        Pool pool{.count = 25};
        pool.needs(25, interval);
        pool.needs(25, interval);
        CHECK(pool.needs(7, interval) == 25);
        CHECK(pool.needs(25, interval) == 25);
        pool.needs(7, interval);
        CHECK(pool.needs(7, interval) == 7);
    }
}

TEST_CASE("release: the first look lets nothing go, for before it the need was the count") {
    Pool pool{.count = 40};
    CHECK(pool.needs(10) == 40);
    CHECK(pool.needs(10) == 10);
    Pool turned_back{.count = 40};
    turned_back.needs(40);
    CHECK(turned_back.needs(10, -1h) == 40);
}

TEST_CASE("release: the last replica goes after three minutes") {
    Pool pool{.count = 1};
    pool.needs(1);
    for (int i = 0; i < 11; ++i) {
        CHECK(pool.needs(0) == 1);
    }
    CHECK(pool.needs(0) == 0);
}
