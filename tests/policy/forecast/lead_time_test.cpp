#include "policy/forecast/lead_time.h"

#include <doctest/doctest.h>

using namespace tided;
using namespace tided::policy::forecast;
using namespace std::chrono_literals;

namespace {

/// Looks at a pool; time moves between the looks.
struct Watcher {
    LeadTime lead{};
    TimePoint now = from_unix_seconds(1'763'798'400);

    void sees(std::int32_t asked, std::int32_t ready, Duration after) {
        now += after;
        watch(lead, {.replicas = {asked}, .present = {asked}, .ready = {ready}}, now);
    }
};

}  // namespace

TEST_CASE("lead time: a minute until a start has been watched, then what it took") {
    Watcher watcher;
    watcher.sees(2, 2, 0s);
    CHECK(watcher.lead.estimate == 60s);
    CHECK_FALSE(watcher.lead.measured);
    watcher.sees(5, 2, 15s);  // asked for at the earliest when last looked, 15 s ago
    watcher.sees(5, 4, 100s);
    CHECK_FALSE(watcher.lead.measured);
    watcher.sees(5, 5, 10s);
    CHECK(watcher.lead.measured);
    CHECK(watcher.lead.estimate == 125s);
}

TEST_CASE("lead time: half way up at once, an eighth down") {
    Watcher watcher;
    watcher.lead = {.estimate = 80s, .measured = true};
    watcher.sees(2, 2, 0s);
    watcher.sees(3, 2, 0s);
    watcher.sees(3, 3, 160s);
    CHECK(watcher.lead.estimate == 120s);
    watcher.sees(4, 3, 0s);
    watcher.sees(4, 4, 40s);
    CHECK(watcher.lead.estimate == 110s);
}

TEST_CASE("lead time: a start that is called off measures nothing") {
    Watcher watcher;
    watcher.sees(2, 2, 0s);
    watcher.sees(6, 2, 15s);
    watcher.sees(4, 2, 15s);
    watcher.sees(4, 4, 30s);
    CHECK_FALSE(watcher.lead.measured);
}

TEST_CASE("lead time: a start of over 15 minutes is a failure, not a measure") {
    Watcher watcher;
    watcher.sees(2, 2, 0s);
    watcher.sees(3, 2, 15s);
    watcher.sees(3, 2, 15min);
    CHECK(watcher.lead.goal == Replicas{0});
    watcher.sees(3, 3, 1s);
    CHECK_FALSE(watcher.lead.measured);
    watcher.sees(4, 3, 1s);
    watcher.sees(4, 4, 16min);  // nobody looked meanwhile
    CHECK_FALSE(watcher.lead.measured);
}

TEST_CASE("lead time: a pool met while it starts, and a clock set back, measure nothing") {
    Watcher met;
    met.sees(5, 1, 0s);
    met.sees(5, 5, 30s);
    CHECK_FALSE(met.lead.measured);
    Watcher set_back;
    set_back.sees(2, 2, 0s);
    set_back.sees(3, 2, 15s);
    set_back.sees(3, 3, -1h);
    CHECK_FALSE(set_back.lead.measured);
}

TEST_CASE("lead time: a start from no replicas is measured like any other") {
    Watcher watcher;
    watcher.sees(0, 0, 0s);
    watcher.sees(2, 0, 15s);
    watcher.sees(2, 2, 75s);
    CHECK(watcher.lead.measured);
    CHECK(watcher.lead.estimate == 90s);
}
