#include "policy/forecast/load_history.h"

#include <vector>

#include <doctest/doctest.h>

using namespace tided;
using namespace tided::policy::forecast;
using namespace std::chrono_literals;

namespace {

const TimePoint start = from_unix_seconds(1'763'798'400);

std::vector<double> newest_first(const LoadHistory& history) {
    std::vector<double> loads;
    for (std::size_t i = 0; i < history.size; ++i) {
        loads.push_back(history.ago(i));
    }
    return loads;
}

using Loads = std::vector<double>;

}  // namespace

TEST_CASE("load history: one entry every 15 s, whatever the interval of the ticks") {
    LoadHistory history;
    CHECK(note(history, 1.0, start));
    CHECK_FALSE(note(history, 2.0, start));
    CHECK_FALSE(note(history, 3.0, start + 14s));
    CHECK(note(history, 4.0, start + 15s));
    CHECK(newest_first(history) == Loads{4, 1});
}

TEST_CASE("load history: a late tick does not shift the beat of those after it") {
    LoadHistory history;
    note(history, 1.0, start);
    CHECK(note(history, 2.0, start + 20s));
    CHECK(note(history, 3.0, start + 30s));
    CHECK(newest_first(history) == Loads{3, 2, 1});
}

TEST_CASE("load history: a hole of a minute is filled, a longer one forgets") {
    LoadHistory history;
    note(history, 1.0, start);
    CHECK(note(history, 5.0, start + 60s));
    CHECK(newest_first(history) == Loads{5, 1, 1, 1, 1});
    CHECK(note(history, 7.0, start + 60s + 75s));
    CHECK(newest_first(history) == Loads{7});
}

TEST_CASE("load history: a step back in time begins anew") {
    LoadHistory history;
    note(history, 1.0, start);
    note(history, 2.0, start + 15s);
    CHECK(note(history, 3.0, start - 1h));
    CHECK(newest_first(history) == Loads{3});
}

TEST_CASE("load history: a sample a little older than the last one is left out") {
    LoadHistory history;
    note(history, 1.0, start);
    CHECK_FALSE(note(history, 2.0, start - 1min));
    CHECK(newest_first(history) == Loads{1});
    CHECK(note(history, 2.0, start - 1min - 1ms));
    CHECK(newest_first(history) == Loads{2});
}

TEST_CASE("load history: the youngest sixty-four stay") {
    LoadHistory history;
    for (int i = 0; i < 100; ++i) {
        note(history, i, start + i * spacing);
    }
    CHECK(history.size == 64);
    CHECK(history.ago(0) == 99.0);
    CHECK(history.ago(63) == 36.0);
}

TEST_CASE("load history: the level is the mean of three entries, or of those there are") {
    LoadHistory history;
    note(history, 1.0, start);
    CHECK(level(history, 0, 0.1) == 1.0);
    note(history, 2.0, start + 15s);
    note(history, 6.0, start + 30s);
    note(history, 7.0, start + 45s);
    CHECK(level(history, 0, 0.2) == 5.0);
    CHECK(level(history, 2, 0.2) == 1.5);
}

TEST_CASE("load history: an entry far above the mean is the level, one far below is not") {
    LoadHistory history;
    note(history, 1.0, start);
    note(history, 2.0, start + 15s);
    note(history, 6.0, start + 30s);
    CHECK(level(history, 0, 0.51) == 3.0);
    CHECK(level(history, 0, 0.49) == 6.0);
    note(history, 1.0, start + 45s);
    CHECK(level(history, 0, 0.0) == 3.0);
}

TEST_CASE("load history: a span counts the entry it has begun") {
    CHECK(entries_in(-1s) == 0);
    CHECK(entries_in(0s) == 0);
    CHECK(entries_in(1ms) == 1);
    CHECK(entries_in(90s) == 6);
    CHECK(entries_in(91s) == 7);
}
