#include "policy/joint/grid.h"

#include <string>

#include <doctest/doctest.h>

#include "tests/policy/joint/joint_rig.h"

using namespace tided;
using namespace tided::policy::joint;

namespace {

template <typename Quantity>
std::string text(const Steps<Quantity>& steps) {
    std::string all;
    for (const Quantity step : steps.all()) {
        all += (all.empty() ? "" : " ") + std::to_string(step.count);
    }
    return all;
}

}  // namespace

TEST_CASE("grid: between two ends by doubling, with midpoints where there is room") {
    CHECK(text(between(MilliCpu{100}, MilliCpu{4000})) ==
          "100 150 200 300 400 600 800 1200 1600 2400 3200 4000");
    CHECK(text(between(MilliCpu{500}, MilliCpu{500})) == "500");
    CHECK(text(between(MilliCpu{1}, MilliCpu{3})) == "1 2 3");
    CHECK(text(between(MilliCpu{250}, MilliCpu{64'000})) ==
          "250 500 1000 2000 4000 8000 16000 32000 64000");
}

TEST_CASE("grid: both ends are steps whatever the range, and a grid is never too large") {
    for (const std::int64_t max : {1LL, 2LL, 127LL, 128LL, 129LL, 40'000LL, 9'000'000'000'000LL}) {
        const Steps<Bytes> steps = between(Bytes{1}, Bytes{max});
        INFO(max);
        CHECK(steps.least() == Bytes{1});
        CHECK(steps.largest() == Bytes{max});
        CHECK(steps.all().size() <= most_steps);
    }
}

TEST_CASE("grid: given steps must rise from above zero and fit") {
    Steps<MilliCpu> steps;
    CHECK_FALSE(steps.add({0}));
    CHECK(steps.add({500}));
    CHECK_FALSE(steps.add({500}));
    CHECK(steps.add({700}));
    CHECK(text(steps) == "500 700");
    CHECK(steps.spans({600}));
    CHECK_FALSE(steps.spans({499}));
    CHECK_FALSE(steps.spans({701}));
    for (std::int64_t i = 2; i < static_cast<std::int64_t>(most_steps); ++i) {
        CHECK(steps.add({1000 * i}));
    }
    CHECK_FALSE(steps.add({1'000'000}));
}
