#include "policy/joint/score.h"

#include <algorithm>

namespace tided::policy::joint {

namespace {

double hire_of_one(const Size& size, const Prices& prices) {
    return cores(size.cpu) * prices.core + gibibytes(size.memory) * prices.gib;
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

Tariff tariff_of(const Settings& settings) {
    const auto hours = [](Duration time) { return to_seconds(time) / 3600.0; };
    const auto& [core, gib] = settings.prices;
    const double reference = core + 4.0 * gib;
    const double spread = reference / hours(settings.payback);
    return {.prices = settings.prices,
            .kill = hours(settings.costs.out_of_memory) * reference,
            .start = hours(settings.costs.start) * spread,
            .resize = hours(settings.costs.resize) * spread,
            .removal = hours(settings.costs.removal) * spread};
}

Price hire_price(const Use& use, const Tariff& tariff) {
    return {use.replicas * hire_of_one(use.size, tariff.prices)};
}

Price risk_price(const Use& use,
                 const MemoryTail& tail,
                 const MemoryModel& model,
                 const Tariff& tariff) {
    return {use.replicas * risk(tail, use.size.memory, use.load, model) * tariff.kill};
}

Price change_price(const Use& from, const Use& to, const Tariff& tariff, Resizing resizing) {
    const Change change = change_between(from.size, to.size, resizing);
    if (change == Change::none) {
        return {};
    }
    const double kept = std::min(from.replicas, to.replicas);
    return {kept * (change == Change::restart ? tariff.start : tariff.resize) +
            (to.replicas - kept) * tariff.start + (from.replicas - kept) * tariff.removal};
}

Prices prices_from(Price replica, const Size& size) {
    const double scale = replica.per_hour / hire_of_one(size, Prices{});
    return {.core = Prices{}.core * scale, .gib = Prices{}.gib * scale};
}

}  // namespace tided::policy::joint
