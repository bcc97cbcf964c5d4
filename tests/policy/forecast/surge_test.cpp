#include "policy/forecast/surge.h"

#include <vector>

#include <doctest/doctest.h>

using namespace tided;
using namespace tided::policy::forecast;

namespace {

double surge_of(const std::vector<double>& loads, double agitation) {
    LoadHistory history;
    TimePoint at = from_unix_seconds(1'763'798'400);
    for (const double load : loads) {
        note(history, load, at);
        at += spacing;
    }
    return surge(history, agitation);
}

}  // namespace

TEST_CASE("surge: a rise goes on for a minute, to twice the load at most") {
    struct Row {
        const char* name;
        std::vector<double> loads;
        double agitation;
        double expected;
    };
    const std::vector<Row> rows{
        {"the first entry", {10}, 0.0, 10},
        {"steady", {10, 10}, 0.0, 10},
        {"falling", {12, 10}, 0.0, 10},
        {"rising by a tenth", {10, 11}, 0.0, 15},
        {"a jump is bounded", {10, 40}, 0.0, 80},
        {"within four times the usual change", {10, 11}, 0.025, 11},
        {"beyond it", {10, 11}, 0.022, 15},
        {"from nothing", {0, 5}, 0.0, 10},
    };
    for (const Row& row : rows) {
        CAPTURE(row.name);
        CHECK(surge_of(row.loads, row.agitation) == doctest::Approx(row.expected));
    }
}
