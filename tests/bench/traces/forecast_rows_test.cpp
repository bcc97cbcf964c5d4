// What the forecast is for, in the terms of the bench: smooth load nearly as cheap as the oracle,
// bursts with half of HPA's loss at no more than its cost, capacity held while traffic is cut off.
#include "tests/bench/traces/forecast_rows.h"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include "tests/bench/traces/catalogue.h"
#include "tests/bench/traces/hpa_rows.h"
#include "tests/bench/traces/oracle.h"

namespace {

using namespace tided;
using namespace tided::bench;
using namespace std::chrono_literals;

std::vector<double> load_of(std::string_view file) {
    for (const Subject& subject : catalogue()) {
        if (subject.file == file) {
            return find_load(subject, TIDED_TRACES).value();
        }
    }
    return {};
}

Scores scores_of(const std::vector<double>& load, Duration delay, const Controller& controller) {
    return score(load, play(load, delay, controller), oracle(load, delay));
}

/// A day's wave of 4 to 20 units, with bursts to three times that for ten minutes every day at
/// `burst_step`.
std::vector<double> wave(int days, int burst_step, double burst) {
    std::vector<double> load;
    const int day = static_cast<int>(steps_per_day);
    for (int i = 0; i < days * day; ++i) {
        const int of_day = i % day - burst_step;
        const double base = 12.0 - 8.0 * std::cos(2.0 * 3.14159265358979 * i / day);
        load.push_back(0 <= of_day && of_day < 40 ? base * burst : base);
    }
    return load;
}

constexpr int noon = 2880;

TEST_CASE("forecast: smooth load costs at most 1.10 and 1.15 of the oracle's at 0.2 % violation") {
    const Scores taxi = scores_of(load_of("nyc_taxi_rides_30min"), 60s, forecasting());
    CHECK(taxi.violation <= 0.2);
    CHECK(taxi.cost <= 1.10);
    const Scores world_cup = scores_of(load_of("worldcup98_req_per_min"), 60s, forecasting());
    CHECK(world_cup.violation <= 0.2);
    CHECK(world_cup.cost <= 1.15);
}

TEST_CASE("forecast: bursts lose at most half of what HPA on cpu 0.70 loses, at its cost") {
    const std::vector<double> tweets = load_of("tweets_aapl_5min");
    for (const Duration delay : {Duration{60s}, Duration{180s}}) {
        const Scores hpa = scores_of(tweets, delay, hpa_on_cpu(0.70));
        const Scores ours = scores_of(tweets, delay, forecasting());
        CHECK(ours.lost <= 0.5 * hpa.lost);
        CHECK(ours.cost <= hpa.cost);
        CHECK(ours.violation <= 1.15 * hpa.violation);
    }
}

TEST_CASE("forecast: a burst of every day is met from the third day on, not before") {
    const std::vector<double> load = wave(5, noon, 3.0);
    const Course course = play(load, 180s, forecasting());
    const auto lost_on = [&](int day) {
        double lost = 0.0;
        const std::size_t from = static_cast<std::size_t>(day * 5760 + noon);
        for (std::size_t i = from; i < from + 40; ++i) {
            lost += std::max(0.0, load[i] - course.supply[i]);
        }
        return lost;
    };
    CHECK(lost_on(1) > 400.0);
    CHECK(lost_on(3) < 0.5 * lost_on(1));
    CHECK(lost_on(4) < 0.5 * lost_on(1));
}

TEST_CASE("forecast: traffic cut off for 28 minutes finds its replicas when it returns") {
    std::vector<double> load = wave(2, 0, 1.0);
    const std::size_t cut = 5760 + noon;
    const Course whole = play(load, 180s, forecasting());
    std::fill_n(load.begin() + static_cast<std::ptrdiff_t>(cut), 112, 0.0);
    const Course gap = play(load, 180s, forecasting());
    const Course hpa = play(load, 180s, hpa_on_rps(0.70));
    CHECK(gap.supply[cut + 111] >= whole.supply[cut]);
    CHECK(hpa.supply[cut + 111] == 2);
    for (std::size_t i = cut + 112; i < load.size(); ++i) {
        CHECK(gap.supply[i] >= demand(load[i]));
    }
}

}  // namespace
