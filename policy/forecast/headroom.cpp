#include "policy/forecast/headroom.h"

#include <algorithm>
#include <cmath>

namespace tided::policy::forecast {

namespace {

constexpr double quantile = 0.985;
constexpr double lowest = -0.10;  // log growth at the lower edge of the first bin
constexpr double bin_width = 0.0125;
constexpr double burst = 0.30;          // log growth: 35 %
constexpr double decay = 0.9999398;     // per entry of 15 s: a half-life of two days
constexpr double smallest_load = 0.35;  // replicas; below it growth says nothing
constexpr double most_at_rest = 1.10;
constexpr double most_per_agitation = 4.0;
constexpr double most_ever = 1.30;
constexpr double entries_of_memory = 240.0;  // one hour
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
    return most_ever;
}

}  // namespace

void learn(Headroom& headroom, const LoadHistory& history, std::size_t horizon) {
    if (history.size() >= 2) {
        note_change(headroom, history.ago(1), history.ago(0));
    }
    if (history.size() <= horizon || history.ago(horizon) < smallest_load) {
        return;
    }
    const double growth = std::log(highest_since(history, horizon) / history.ago(horizon));
    if (growth < burst) {
        add(headroom, growth);
    }
}

double factor(const Headroom& headroom) {
    const double most = std::min(most_ever, most_at_rest + most_per_agitation * headroom.agitation);
    return headroom.total < entries_of_memory ? most : std::clamp(learned(headroom), 1.0, most);
}

}  // namespace tided::policy::forecast
