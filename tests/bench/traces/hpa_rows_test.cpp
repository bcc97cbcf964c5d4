// HPA on the shipped traces: three figures a row, known from an independent simulator to the
// digits given here. A change of the core that changes HPA's behaviour fails here.
#include "tests/bench/traces/hpa_rows.h"

#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include "tests/bench/traces/catalogue.h"
#include "tests/bench/traces/oracle.h"

namespace {

using namespace tided;
using namespace tided::bench;
using namespace std::chrono_literals;

struct Known {
    std::string_view file;
    Duration start_delay;
    std::string_view cpu_70;  ///< violation % / lost % / cost
    std::string_view rps_70;
    std::string_view cpu_50;
};

constexpr std::string_view world_cup = "worldcup98_req_per_min";
constexpr std::string_view tweets = "tweets_aapl_5min";
constexpr std::string_view taxi = "nyc_taxi_rides_30min";

const std::vector<Known>& known() {
    static const std::vector<Known> rows{
        {world_cup, 60s, "0.06 / 0.00 / 1.20", "0.10 / 0.00 / 1.18", "0.00 / 0.00 / 1.67"},
        {world_cup, 180s, "0.57 / 0.00 / 1.19", "0.89 / 0.00 / 1.17", "0.00 / 0.00 / 1.64"},
        {tweets, 60s, "6.31 / 1.69 / 1.11", "7.67 / 0.76 / 1.09", "2.09 / 0.67 / 1.31"},
        {tweets, 180s, "18.12 / 7.44 / 1.05", "14.49 / 3.21 / 1.06", "9.06 / 3.65 / 1.25"},
        {taxi, 60s, "0.00 / 0.00 / 1.23", "0.00 / 0.00 / 1.20", "0.00 / 0.00 / 1.72"},
        {taxi, 180s, "0.00 / 0.00 / 1.23", "0.00 / 0.00 / 1.20", "0.00 / 0.00 / 1.72"},
    };
    return rows;
}

std::vector<double> load_of(std::string_view file) {
    for (const Subject& subject : catalogue()) {
        if (subject.file == file) {
            return find_load(subject, TIDED_TRACES).value();
        }
    }
    return {};
}

std::string triple(const std::vector<double>& load, Duration delay, const Controller& controller) {
    const Scores scores = score(load, play(load, delay, controller), oracle(load, delay));
    char text[64];
    std::snprintf(
        text, sizeof text, "%.2f / %.2f / %.2f", scores.violation, scores.lost, scores.cost);
    return text;
}

TEST_CASE("hpa rows: the core reproduces HPA's violation, loss and cost on real load") {
    for (const Known& row : known()) {
        CAPTURE(row.file);
        CAPTURE(to_string(row.start_delay));
        const std::vector<double> load = load_of(row.file);
        CHECK(triple(load, row.start_delay, hpa_on_cpu(0.70)) == row.cpu_70);
        CHECK(triple(load, row.start_delay, hpa_on_rps(0.70)) == row.rps_70);
        CHECK(triple(load, row.start_delay, hpa_on_cpu(0.50)) == row.cpu_50);
    }
}

}  // namespace
