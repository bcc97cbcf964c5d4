#include "policy/forecast/headroom.h"

#include <algorithm>
#include <cmath>

namespace tided::policy::forecast {

namespace {

constexpr double quantile = 0.995;
constexpr double lowest = -0.10;  // log growth at the lower edge of the first bin
constexpr double bin_width = 0.0125;
constexpr double burst = 0.30;          // log growth: 35 %
constexpr double decay = 0.9999398;     // per entry of 15 s: a half-life of two days
constexpr double smallest_load = 0.35;  // replicas; below it growth says nothing

constexpr double most_when_calm = 1.25;
constexpr double most_when_bursty = 1.10;
constexpr double most_per_agitation = 4.0;
constexpr double bursty = 0.01;  // share of growths that are bursts

constexpr double entries_of_memory = 240.0;  // of agitation: one hour
constexpr double largest_change = 0.1;       // a burst is not agitation

double highest_since(const LoadHistory& history, std::size_t horizon) {
    double highest = 0.0;
    for (std::size_t i = 0; i < horizon; ++i) {
        highest = std::max(highest, history.ago(i));
    }
    return highest;
}

void add(Headroom& headroom, double log_growth) {
    const double bin = std::floor((log_growth - lowest) / bin_width);
    const double last = static_cast<double>(Headroom::bin_count - 1);
    for (float& weight : headroom.bins) {
        weight = static_cast<float>(weight * decay);
    }
    headroom.bins[static_cast<std::size_t>(std::clamp(bin, 0.0, last))] += 1.0F;
    headroom.total = static_cast<float>(headroom.total * decay + 1.0);
    headroom.bursts = static_cast<float>(headroom.bursts * decay);
}

void note_change(Headroom& headroom, double before, double now) {
    const double change = std::abs(now - before) / std::max(now, smallest_load);
    const double off = std::min(change, largest_change) - headroom.agitation;
    headroom.agitation = static_cast<float>(headroom.agitation + off / entries_of_memory);
}

double learned(const Headroom& headroom) {
    double sum = 0.0;
    for (std::size_t bin = 0; bin < Headroom::bin_count; ++bin) {
        sum += headroom.bins[bin];
        if (sum >= quantile * headroom.total) {
            return std::exp(lowest + bin_width * static_cast<double>(bin + 1));
        }
    }
    return most_when_calm;
}

double most(const Headroom& headroom) {
    const double restless =
        std::min(most_when_calm, most_when_bursty + most_per_agitation * headroom.agitation);
    const double all = static_cast<double>(headroom.total) + headroom.bursts;
    const double share = headroom.bursts / std::max(all, 1.0);
    const double calm = std::clamp(1.0 - share / bursty, 0.0, 1.0);
    return restless + (most_when_calm - restless) * calm;
}

}  // namespace

void learn(Headroom& headroom, const LoadHistory& history, std::size_t horizon) {
    if (history.size >= 2) {
        note_change(headroom, history.ago(1), history.ago(0));
    }
    if (history.size <= horizon) {
        return;
    }
    const double before = level(history, horizon, headroom.agitation);
    if (before < smallest_load) {
        return;
    }
    const double growth = std::log(highest_since(history, horizon) / before);
    if (growth < burst) {
        add(headroom, growth);
    } else {
        headroom.bursts += 1.0F;
    }
}

double factor(const Headroom& headroom) {
    const double upper = most(headroom);
    const bool is_new = headroom.total < entries_of_memory;
    return is_new ? upper : std::clamp(learned(headroom), 1.0, upper);
}

}  // namespace tided::policy::forecast
