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
