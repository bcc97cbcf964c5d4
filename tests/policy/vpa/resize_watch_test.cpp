// Resize watch: an age per resize, what ends it, and how upstream lets the next one inherit it.
#include "policy/vpa/resize_watch.h"

#include <doctest/doctest.h>

#include "tests/support/policy_words.h"

using namespace tided;
using namespace tided::policy::vpa;
using namespace std::chrono_literals;

namespace {

constexpr TimePoint start{1'000h};
constexpr ResizingPod web{.name = "shop/web", .uid = "u1", .resize = 3};
constexpr ResizingPod namesake{.name = "shop/web", .uid = "u2", .resize = 3};

void see(ResizeWatch& watch, const ResizingPod& pod, TimePoint now) {
    watch.observe({&pod, 1}, now);
}

}  // namespace

TEST_CASE("resize watch: the age counts from the first sight, which is now for a new one") {
    ResizeWatch watch;
    CHECK(watch.age(web, start) == 0s);
    see(watch, web, start);
    see(watch, web, start + 1min);
    CHECK(watch.age(web, start + 90s) == 90s);
    CHECK(watch.age(web, start - 1s) == 0s);
}

TEST_CASE("resize watch: the next resize, the namesake and a resize after a rest start anew") {
    ResizingPod again = web;
    again.resize = 4;
    ResizeWatch watch;
    see(watch, web, start);
    CHECK(watch.age(again, start + 1h) == 0s);
    CHECK(watch.age(namesake, start + 1h) == 0s);
    see(watch, again, start + 1h);
    CHECK(watch.age(again, start + 61min) == 1min);
    watch.observe({}, start + 2h);
    CHECK(watch.size() == 0);
    see(watch, again, start + 3h);
    CHECK(watch.age(again, start + 3h) == 0s);
}

TEST_CASE("resize watch: as upstream, a name keeps its first start for ever") {
    ResizeWatch watch{ResizeWatchSettings::strict()};
    see(watch, web, start);
    watch.observe({}, start + 1h);
    see(watch, namesake, start + 2h);
    CHECK(watch.age(namesake, start + 2h) == 2h);
}
