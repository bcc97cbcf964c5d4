// One policy file for every load, through config and decide: smooth load nearly as cheap as the
// oracle, bursts with half of HPA's loss at no more than its cost, capacity held while traffic is
// cut off.
#include "tests/bench/traces/policy_rows.h"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include "daemon/config/load.h"
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

Controller one_policy() {
    return deciding(config::load(TIDED_ONE_POLICY, {}).config.policies.at(0).spec);
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

/// Where the day begins whose noon has the most load.
std::size_t busiest_day(const std::vector<double>& load) {
    const auto day = static_cast<std::size_t>(steps_per_day);
    std::size_t busiest = day;
    for (std::size_t at = day; at + day <= load.size(); at += day) {
        busiest = load[at + noon] > load[busiest + noon] ? at : busiest;
    }
    return busiest;
}

/// Load beyond what is ready within the hour after `from`, in replica-steps.
double shortage(const std::vector<double>& load, const Course& course, std::size_t from) {
    double sum = 0.0;
    for (std::size_t i = from; i < from + 240; ++i) {
        sum += std::max(0.0, load[i] / limit_of_use - course.supply[i]);
    }
    return sum;
}

TEST_CASE(
    "one policy: smooth load costs at most 1.10 and 1.15 of the oracle's at 0.2 % violation") {
    const Scores taxi = scores_of(load_of("nyc_taxi_rides_30min"), 60s, one_policy());
    CHECK(taxi.violation <= 0.2);
    CHECK(taxi.cost <= 1.10);
    const Scores world_cup = scores_of(load_of("worldcup98_req_per_min"), 60s, one_policy());
    CHECK(world_cup.violation <= 0.2);
    CHECK(world_cup.cost <= 1.15);
}

TEST_CASE("one policy: bursts lose at most half of what HPA on cpu 0.70 loses, at its cost") {
    const std::vector<double> tweets = load_of("tweets_aapl_5min");
    for (const Duration delay : {Duration{60s}, Duration{180s}}) {
        const Scores hpa = scores_of(tweets, delay, hpa_on_cpu(0.70));
        const Scores ours = scores_of(tweets, delay, one_policy());
        CHECK(ours.lost <= 0.5 * hpa.lost);
        CHECK(ours.cost <= hpa.cost);
        CHECK(ours.violation <= 1.15 * hpa.violation);
    }
}

TEST_CASE("one policy: a burst of every day is met from the third day on, not before") {
    const std::vector<double> load = wave(5, noon, 3.0);
    const Course course = play(load, 180s, one_policy());
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

TEST_CASE("one policy: traffic cut out of a real load finds its replicas when it returns") {
    for (const char* file :
         {"worldcup98_req_per_min", "nyc_taxi_rides_30min", "tweets_aapl_5min"}) {
        INFO(file);
        std::vector<double> load = load_of(file);
        const std::size_t cut = busiest_day(load) + noon;
        const std::size_t end = cut + 112;
        const Course whole = play(load, 180s, one_policy());
        std::fill_n(load.begin() + static_cast<std::ptrdiff_t>(cut), 112, 0.0);
        const Course gap = play(load, 180s, one_policy());
        const Course hpa = play(load, 180s, hpa_on_rps(0.70));
        CHECK(gap.supply[end - 1] >= demand(load[cut - 1]));
        CHECK(hpa.supply[end - 1] == 2);
        CHECK(shortage(load, gap, end) <= shortage(load, whole, end));
    }
}

}  // namespace
