#include "policy/joint/score.h"

#include <algorithm>

namespace tided::policy::joint {

namespace {

double hire_of_one(const Size& size, const Prices& prices) {
    return cores(size.cpu) * prices.core + gibibytes(size.memory) * prices.gib;
}

/// What running a replica of one core and 4 GiB for so long costs.
double money(Duration time, const Prices& prices) {
    return to_seconds(time) / 3600.0 * (prices.core + 4.0 * prices.gib);
}

Duration cost_of_one(Change change, const Costs& costs) {
    switch (change) {
        case Change::none:
            return Duration{0};
        case Change::in_place:
            return costs.resize;
        default:
            return costs.start;
    }
}

}  // namespace

Change change_between(const Size& from, const Size& to, Resizing resizing) {
    if (from == to) {
        return Change::none;
    }
    const bool restarts = resizing == Resizing::restart || to.memory < from.memory;
    return restarts ? Change::restart : Change::in_place;
}

double mean_count(const Levels& levels, double factor, Cores load, Replicas least) {
    if (levels.count == 0) {
        return static_cast<double>(least.count);
    }
    double sum = 0.0;
    for (std::size_t i = 0; i < levels.count; ++i) {
        sum += replicas_for({levels.means[i].count * factor}, load, least).count;
    }
    return sum / static_cast<double>(levels.count);
}

Price hire_price(const Use& use, const Prices& prices) {
    return {use.replicas * hire_of_one(use.size, prices)};
}

Price risk_price(const Use& use,
                 const MemoryTail& tail,
                 const MemoryModel& model,
                 const Settings& settings) {
    return {use.replicas * risk(tail, use.size.memory, use.load, model) *
            money(settings.costs.out_of_memory, settings.prices)};
}

Price change_price(const Use& from, const Use& to, const Settings& settings) {
    const Change change = change_between(from.size, to.size, settings.resizing);
    if (change == Change::none) {
        return {};
    }
    const double kept = std::min(from.replicas, to.replicas);
    const double once = kept * money(cost_of_one(change, settings.costs), settings.prices) +
                        (to.replicas - kept) * money(settings.costs.start, settings.prices) +
                        (from.replicas - kept) * money(settings.costs.removal, settings.prices);
    return {once / (to_seconds(settings.payback) / 3600.0)};
}

Prices prices_from(Price replica, const Size& size) {
    const double scale = replica.per_hour / hire_of_one(size, Prices{});
    return {.core = Prices{}.core * scale, .gib = Prices{}.gib * scale};
}

}  // namespace tided::policy::joint
