#include "tests/bench/traces/trace.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <fstream>
#include <string>

namespace tided::bench {

namespace {

std::optional<double> number(std::string_view text) {
    double value = 0.0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) {
        return std::nullopt;
    }
    return value;
}

double high_sample(std::vector<double> values) {
    const auto rank = static_cast<std::size_t>(0.999 * static_cast<double>(values.size()));
    const auto at = values.begin() + static_cast<std::ptrdiff_t>(rank);
    std::nth_element(values.begin(), at, values.end());
    return *at;
}

std::vector<double> interpolated(const Trace& trace) {
    std::vector<double> points;
    const std::size_t last = trace.seconds.size() - 1;
    const double every = to_seconds(step);
    std::size_t left = 0;
    for (double at = trace.seconds.front(); at <= trace.seconds.back(); at += every) {
        while (left < last && trace.seconds[left + 1] <= at) {
            ++left;
        }
        double value = trace.values[left];
        if (left < last) {
            const double share =
                (at - trace.seconds[left]) / (trace.seconds[left + 1] - trace.seconds[left]);
            value += (trace.values[left + 1] - value) * share;
        }
        points.push_back(value);
    }
    return points;
}

}  // namespace

std::optional<Trace> read_trace(const std::filesystem::path& file) {
    std::ifstream in{file};
    std::string line;
    if (!std::getline(in, line)) {
        return std::nullopt;
    }
    Trace trace;
    while (std::getline(in, line)) {
        const std::size_t comma = std::min(line.find(','), line.size());
        const std::string_view text{line};
        const std::optional<double> at = number(text.substr(0, comma));
        const std::optional<double> value = number(text.substr(std::min(comma + 1, text.size())));
        const bool rises = trace.seconds.empty() || (at && *at > trace.seconds.back());
        if (!at || !value || !rises) {
            return std::nullopt;
        }
        trace.seconds.push_back(*at);
        trace.values.push_back(*value);
    }
    return trace.seconds.empty() ? std::nullopt : std::optional{trace};
}

Trace sliced(const Trace& trace, Days days) {
    Trace part;
    const double from = trace.seconds.front() + days.first * 86'400.0;
    const double to = trace.seconds.front() + days.last * 86'400.0;
    for (std::size_t i = 0; i < trace.seconds.size(); ++i) {
        if (from <= trace.seconds[i] && trace.seconds[i] < to) {
            part.seconds.push_back(trace.seconds[i]);
            part.values.push_back(trace.values[i]);
        }
    }
    return part;
}

std::vector<double> load_curve(const Trace& trace) {
    std::vector<double> load = interpolated(trace);
    const double unit = peak_replicas * limit_of_use / high_sample(trace.values);
    for (double& value : load) {
        value *= unit;
    }
    return load;
}

}  // namespace tided::bench
