#include "tests/bench/traces/catalogue.h"

#include <array>

namespace tided::bench {

std::span<const Subject> catalogue() {
    static constexpr std::array<Subject, 5> all{{
        {"worldcup98_req_per_min", {40, 75}, "_days_40_75"},
        {"twitter_stream_2021_tweets_per_min"},
        {"twitter_2021_raw_daily_gap_per_min", {0, 7}, "_days_0_7"},
        {"tweets_aapl_5min"},
        {"nyc_taxi_rides_30min", {100, 160}, "_days_100_160"},
    }};
    return all;
}

std::span<const Subject> held_out() {
    static constexpr std::array<Subject, 6> all{{
        {"worldcup98_req_per_min", {0, 40}, "_days_0_40"},
        {"worldcup98_req_per_min", {75, 87}, "_days_75_87"},
        {"twitter_2021_raw_daily_gap_per_min", {7, 22}, "_days_7_22"},
        {"nyc_taxi_rides_30min", {0, 100}, "_days_0_100"},
        {"nyc_taxi_rides_30min", {160, 215}, "_days_160_215"},
        {"google2019_cell_cpu_5min"},
    }};
    return all;
}

std::string title(const Subject& subject) {
    return std::string{subject.file} + std::string{subject.cut};
}

std::optional<std::vector<double>> find_load(const Subject& subject,
                                             const std::filesystem::path& directory) {
    if (const auto whole = read_trace(directory / (std::string{subject.file} + ".csv"))) {
        return load_curve(sliced(*whole, subject.days));
    }
    if (const auto cut = read_trace(directory / (title(subject) + ".csv"))) {
        return load_curve(*cut);
    }
    return std::nullopt;
}

}  // namespace tided::bench
