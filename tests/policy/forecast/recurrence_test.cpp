// Bursts of ten minutes at 09:33, three times the load, seen by entries of 15 s.
#include "policy/forecast/recurrence.h"

#include <set>
#include <vector>

#include <doctest/doctest.h>

using namespace tided;
using namespace tided::policy::forecast;
using namespace std::chrono_literals;

namespace {

const TimePoint midnight = from_unix_seconds(1'763'769'600);  // 2025-11-22T00:00Z
constexpr Duration bin_begins = 9h + 32min;
constexpr Duration burst_at = bin_begins + 1min;

/// Lives through days with a burst on some of them.
struct Life {
    Recurrence recurrence{};
    LoadHistory history{};
    TimePoint now = midnight;

    void live_until(TimePoint end, const std::set<std::int64_t>& days_with_burst) {
        for (; now < end; now += spacing) {
            const std::int64_t day = (now - midnight) / 24h;
            const Duration time = (now - midnight) % 24h;
            const bool burst = burst_at <= time && time < burst_at + 10min;
            note(history, burst && days_with_burst.contains(day) ? 30.0 : 10.0, now);
            learn(recurrence, history, now);
        }
    }
    [[nodiscard]] double factor_at(Duration time, Duration lead) {
        return factor(recurrence, now - now.time_since_epoch() % 24h + time, lead);
    }
};

Life life(std::int64_t days, const std::set<std::int64_t>& days_with_burst) {
    Life life;
    life.live_until(midnight + days * 24h + spacing, days_with_burst);
    return life;
}

}  // namespace

TEST_CASE("recurrence: prepared from lead before a due bin to 45 s after it") {
    Life known = life(3, {0, 1, 2});
    CHECK(known.factor_at(bin_begins - 181s, 180s) == 1.0);
    CHECK(known.factor_at(bin_begins - 180s, 180s) == doctest::Approx(2.4));
    CHECK(known.factor_at(bin_begins - 61s, 60s) == 1.0);
    CHECK(known.factor_at(bin_begins - 60s, 60s) == doctest::Approx(2.4));
    CHECK(known.factor_at(bin_begins + 2min + 44s, 60s) == doctest::Approx(2.4));
    CHECK(known.factor_at(bin_begins + 2min + 45s, 60s) == 1.0);
    CHECK(known.factor_at(21h, 60s) == 1.0);
}

TEST_CASE("recurrence: due with half of the days seen, and two of them") {
    struct Row {
        std::int64_t days;
        std::set<std::int64_t> with_burst;
        bool due;
    };
    const std::vector<Row> rows{
        {1, {0}, false},
        {2, {0, 1}, true},
        {4, {0, 2}, true},
        {5, {0, 2}, false},
        {8, {0, 2, 4, 6}, true},
        {8, {0, 2, 4}, false},
        {11, {0, 1, 2, 3}, false},  // forgotten: only one of the last eight days
        {11, {7, 8, 9, 10}, true},
        {9, {}, false},
    };
    for (const Row& row : rows) {
        CAPTURE(row.days);
        CAPTURE(row.with_burst.size());
        Life lived = life(row.days, row.with_burst);
        CHECK((lived.factor_at(burst_at, 60s) > 1.0) == row.due);
    }
}

TEST_CASE("recurrence: a running burst is not prepared for again; it ends near its former load") {
    Life lived = life(2, {0, 1});
    lived.live_until(midnight + 2 * 24h + burst_at + 1min, {2});
    CHECK(lived.recurrence.burst_since == midnight + 2 * 24h + burst_at);
    CHECK(lived.factor_at(burst_at + 1min, 60s) == 1.0);
    lived.live_until(midnight + 2 * 24h + burst_at + 11min, {2});
    CHECK(lived.recurrence.burst_since == TimePoint{});
    CHECK(lived.recurrence.usual_peak == doctest::Approx(3.0F));
}

TEST_CASE("recurrence: a new level is a burst for 40 minutes, then the usual load") {
    Life lived;
    lived.live_until(midnight + burst_at, {});
    for (int i = 0; i < 200; ++i, lived.now += spacing) {
        note(lived.history, 30.0, lived.now);
        learn(lived.recurrence, lived.history, lived.now);
        const bool running = lived.recurrence.burst_since != TimePoint{};
        CHECK(running == (i <= 160));
    }
}

TEST_CASE("recurrence: slow growth and small loads are no bursts") {
    Recurrence recurrence;
    LoadHistory history;
    double load = 1.0;
    TimePoint now = midnight;
    for (int i = 0; i < 200; ++i, load *= 1.02, now += spacing) {
        note(history, load, now);
        learn(recurrence, history, now);
    }
    CHECK(recurrence.burst_since == TimePoint{});
    history = {};
    for (int i = 0; i < 40; ++i, now += spacing) {
        note(history, i < 20 ? 0.3 : 3.0, now);
        learn(recurrence, history, now);
    }
    CHECK(recurrence.burst_since == TimePoint{});
}

TEST_CASE("recurrence: days away count as days without a burst; a clock a little back is nothing") {
    Life lived = life(4, {0, 1, 2, 3});
    const Recurrence before = lived.recurrence;
    lived.now -= 3min;
    learn(lived.recurrence, lived.history, lived.now);
    CHECK(lived.recurrence.days == before.days);
    lived.now = midnight + 14 * 24h;
    lived.history = {};
    note(lived.history, 10.0, lived.now);
    learn(lived.recurrence, lived.history, lived.now);
    CHECK(lived.factor_at(burst_at, 60s) == 1.0);
}

TEST_CASE("recurrence: one reading of a broken exporter does not set what every burst expects") {
    Life known = life(3, {0, 1, 2});
    known.live_until(midnight + 3 * 24h + 21h, {3});
    note(known.history, 1e7, known.now);
    learn(known.recurrence, known.history, known.now);
    known.now += spacing;
    known.live_until(midnight + 4 * 24h + spacing, {});
    CHECK(known.recurrence.usual_peak == doctest::Approx(4.0F));  // 3, and a fifth of the way to 8
    CHECK(known.factor_at(bin_begins, 60s) == doctest::Approx(3.1));
}

TEST_CASE("recurrence: what an earlier version has learned without a bound is held to it") {
    Life known = life(3, {0, 1, 2});
    known.recurrence.usual_peak = 200'000.0F;
    CHECK(known.factor_at(bin_begins, 60s) == doctest::Approx(5.9));
}
